//! The digests of one session, in order, to a profile: incremental, in bounded memory.
//!
//! ```
//! use goodhart_features::{digest, DigestKey, Fold, Habits};
//! use goodhart_trace::build::session;
//!
//! let trace = session("s").prompt("deploy").repeat(20, |s, _| s.call("Bash", r#"{"command":"ls"}"#).result("a.rs b.rs"));
//! let habits = Habits::default();
//! let mut fold = Fold::new(&habits);
//! for (i, event) in trace.events().iter().enumerate() {
//!     fold.push(&digest(event, i as u64, DigestKey(1))).expect("orders increase");
//! }
//! let profile = fold.profile();
//! assert!(profile.loop_score > 0.8);
//! assert_eq!(profile.spans[0].repeats, 19);
//! ```

use goodhart_trace::{Kind, Usage};

use crate::digest::Digest;
use crate::error::FoldError;
use crate::habits::Habits;
use crate::hash::name_hash;
use crate::profile::Profile;
use crate::state::State;
use crate::step::{Step, place};
use crate::tuning::{BREAK_IN, NUDGE, WAITING};

/// The fold of one session. It never sees text, a file or a clock.
#[derive(Debug, Clone)]
pub struct Fold<'h> {
    habits: &'h Habits,
    state: State,
}

impl<'h> Fold<'h> {
    /// An empty session.
    pub fn new(habits: &'h Habits) -> Self {
        Fold { habits, state: State::new() }
    }

    /// Also keeps a record of every step from here on, for [`Profile::step_records`]; memory then grows with the
    /// session, and so does the cost of [`Fold::profile`].
    pub fn with_steps(mut self) -> Self {
        self.state.records.get_or_insert_default();
        self
    }

    /// Adds the next digest of the session.
    ///
    /// # Errors
    /// [`FoldError::OutOfOrder`] when its order is not above that of the digest before; the fold is unchanged.
    pub fn push(&mut self, digest: &Digest) -> Result<(), FoldError> {
        self.push_owned(digest.clone())
    }

    /// As [`Fold::push`], for who has no further use of the digest: what the fold keeps of it is not copied.
    ///
    /// # Errors
    /// As [`Fold::push`].
    pub fn push_owned(&mut self, digest: Digest) -> Result<(), FoldError> {
        self.advance(&digest)?;
        self.state.clock(&digest);
        let usage = Billed::of(&digest);
        self.take(digest);
        self.usage(usage);
        Ok(())
    }

    /// Adds history that another session owns: remembered for novelty, neither billed nor judged.
    ///
    /// # Errors
    /// As [`Fold::push`].
    pub fn remember(&mut self, digest: &Digest) -> Result<(), FoldError> {
        self.advance(digest)?;
        self.state.view.remember_text(digest);
        if let Some(arguments) = &digest.arguments {
            self.state.view.tokens.insert(&arguments.tokens);
        }
        Ok(())
    }

    /// The profile of the session up to here; the fold can go on. Costs a copy of the state.
    pub fn profile(&self) -> Profile {
        self.clone().into_profile()
    }

    /// The profile of the session up to here where it may hold evidence, as [`Fold::profile`] to the last bit; `None` where
    /// there is none and nothing is under way that could become some. For whoever asks often: while nothing is under
    /// way it costs no copy of what the session has in view.
    ///
    /// ```
    /// use goodhart_features::{digest, DigestKey, Fold, Habits};
    /// use goodhart_trace::build::session;
    ///
    /// let habits = Habits::default();
    /// let mut fold = Fold::new(&habits);
    /// assert!(fold.suspicion().is_none());
    /// let trace = session("s").repeat(20, |s, _| s.call("Bash", r#"{"command":"ls"}"#).result("a.rs b.rs"));
    /// for (i, event) in trace.events().iter().enumerate() {
    ///     fold.push(&digest(event, i as u64, DigestKey(1))).expect("orders increase");
    /// }
    /// assert_eq!(fold.suspicion(), Some(fold.profile()));
    /// ```
    pub fn suspicion(&mut self) -> Option<Profile> {
        if !self.state.waiting.is_empty() || !self.state.speech.is_empty() {
            return Some(self.profile());
        }
        let state = self.state.holds_evidence().then(|| self.state.books())?;
        Some(Fold { habits: self.habits, state }.into_profile())
    }

    /// The profile of the finished session.
    pub fn into_profile(mut self) -> Profile {
        self.flush(true);
        self.state.finish_booking();
        Profile::of(self.state)
    }

    /// The state as bytes, under a version.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = STATE_VERSION.to_vec();
        bytes.extend(
            postcard::to_allocvec(&self.state).expect("because every field of the state is serialisable"),
        );
        bytes
    }

    /// A fold that goes on from a state. The bytes are taken at their word: a state that [`Fold::to_bytes`] has not
    /// written may load and give a profile without meaning.
    ///
    /// # Errors
    /// [`FoldError::StateVersion`] and [`FoldError::State`] when the bytes are no state of this version,
    /// [`FoldError::Unsound`] when no fold can have written them.
    pub fn from_bytes(bytes: &[u8], habits: &'h Habits) -> Result<Self, FoldError> {
        let found = bytes.get(..STATE_VERSION.len()).unwrap_or(bytes);
        if found != STATE_VERSION {
            return Err(FoldError::StateVersion { expected: STATE_VERSION, found: found.to_vec() });
        }
        let state: State = postcard::from_bytes(&bytes[STATE_VERSION.len()..]).map_err(FoldError::State)?;
        if state.is_sound() { Ok(Fold { habits, state }) } else { Err(FoldError::Unsound) }
    }

    fn advance(&mut self, digest: &Digest) -> Result<(), FoldError> {
        if let Some(before) = self.state.order.filter(|&before| digest.order <= before) {
            return Err(FoldError::OutOfOrder { before, found: digest.order });
        }
        self.state.order = Some(digest.order);
        Ok(())
    }

    fn take(&mut self, digest: Digest) {
        match digest.kind {
            Kind::Prompt => {
                self.state.booking.shows(digest.bytes());
                self.prompt(&digest);
            }
            Kind::Text | Kind::Reasoning => self.speak(digest),
            Kind::ToolCall => self.call(digest),
            Kind::ToolResult => self.result(digest),
            Kind::Injected => {
                self.state.booking.shows(digest.bytes());
                self.state.view.remember_text(&digest);
            }
            Kind::Compaction => self.compaction(),
            Kind::Abort => self.abort(),
            Kind::Rewind => self.rewind(),
            Kind::ApiError => self.state.tally.api_errors += 1,
            _ => (),
        }
    }

    fn usage(&mut self, billed: Option<Billed>) {
        match billed {
            Some(Billed { request: Some(request), usage, harness }) => {
                self.state.request_usage(request, usage, harness);
            }
            Some(Billed { usage, .. }) => self.state.booking.session_usage(usage),
            None => (),
        }
    }

    fn prompt(&mut self, digest: &Digest) {
        let novelty =
            digest.text.as_ref().and_then(|text| self.state.view.listener.novelty(text)).unwrap_or(0.0);
        let novel = novelty >= NUDGE;
        self.flush(novel);
        // Who has something to say before the model has done so breaks in.
        if novel && self.state.is_at_work() {
            self.state.loops.cut_short(self.state.tally.steps, BREAK_IN);
        }
        self.state.prompted(digest, novelty, novel);
        self.state.view.remember_text(digest);
    }

    fn speak(&mut self, mut digest: Digest) {
        self.enter_request(&digest);
        let Some(text) = digest.text.take() else { return };
        let speech = &mut self.state.speech;
        speech.started.get_or_insert_with(|| place(&digest, digest.request.clone()));
        match digest.kind {
            Kind::Reasoning => speech.think(&text),
            _ => speech.say(text),
        }
    }

    fn call(&mut self, digest: Digest) {
        self.enter_request(&digest);
        let speech = std::mem::take(&mut self.state.speech);
        let request = self.state.request.unwrap_or(digest.order);
        self.state.waiting.push_back(Step::call(digest, request, speech));
        if self.state.waiting.len() > WAITING {
            self.complete_oldest();
        }
    }

    fn result(&mut self, digest: Digest) {
        let waiting = self.state.waiting.iter().position(|step| step.place.call == digest.call);
        match waiting.and_then(|at| self.state.waiting.remove(at)) {
            Some(mut step) => {
                step.answer(digest);
                self.complete(step);
            }
            None => {
                self.state.tally.late_results += 1;
                self.state.view.remember_text(&digest);
            }
        }
    }

    fn compaction(&mut self) {
        self.flush(false);
        self.state.tally.compactions += 1;
        self.state.epoch += 1;
        self.state.padded_output = 0;
        self.state.booking.clear_view();
    }

    fn abort(&mut self) {
        self.flush(false);
        self.state.tally.aborts += 1;
        let step = self.state.tally.steps;
        self.state.loops.cut_short(step, u64::MAX);
        self.state.pads.cut_short(step, u64::MAX);
    }

    fn rewind(&mut self) {
        self.flush(false);
        self.state.tally.rewinds += 1;
    }

    /// A new request ends the one before: its unanswered calls stay unanswered, and speech without a call is a message.
    fn enter_request(&mut self, digest: &Digest) {
        let request = digest.request.as_deref().map(name_hash);
        if request != self.state.request || request.is_none() {
            self.flush(false);
            self.state.request = request.or(Some(digest.order));
        }
    }

    /// Completes what is open. `answer`: the speech is read by a human.
    fn flush(&mut self, answer: bool) {
        while !self.state.waiting.is_empty() {
            self.complete_oldest();
        }
        if !self.state.speech.is_empty() {
            let speech = std::mem::take(&mut self.state.speech);
            let request = self.state.request.unwrap_or(0);
            self.complete(Step::message(request, speech, answer));
        }
        self.state.request = None;
    }

    fn complete_oldest(&mut self) {
        if let Some(step) = self.state.waiting.pop_front() {
            self.complete(step);
        }
    }

    fn complete(&mut self, mut step: Step) {
        step.place.step = self.state.tally.steps;
        let share = step.tool.as_deref().map_or(0.0, |tool| self.habits.result_share(tool));
        self.state.clear(&mut step);
        self.state.remark(&mut step);
        self.state.complete(&step, share);
    }
}

/// What a digest says of tokens.
struct Billed {
    request: Option<u64>,
    usage: Usage,
    harness: bool,
}

impl Billed {
    fn of(digest: &Digest) -> Option<Self> {
        let request = digest.request.as_deref().map(name_hash);
        digest.usage.map(|usage| Billed { request, usage, harness: digest.harness })
    }
}

/// Label and version of a stored state.
const STATE_VERSION: [u8; 4] = *b"GHFD";

#[cfg(test)]
mod tests {
    use super::{Fold, STATE_VERSION};
    use crate::{FoldError, Habits};

    fn restored(change: impl FnOnce(&mut crate::state::State)) -> Result<(), FoldError> {
        let habits = Habits::default();
        let mut fold = Fold::new(&habits);
        change(&mut fold.state);
        Fold::from_bytes(&fold.to_bytes(), &habits).map(drop)
    }

    #[test]
    fn a_state_that_no_fold_can_have_come_to_is_refused() {
        assert!(restored(|_| ()).is_ok());
        assert!(matches!(restored(|state| state.tally.prompts = u64::MAX), Err(FoldError::Unsound)));
        assert!(matches!(restored(|state| state.loops.forge_circle()), Err(FoldError::Unsound)));
        let habits = Habits::default();
        assert!(matches!(Fold::from_bytes(&STATE_VERSION, &habits), Err(FoldError::State(_))));
    }
}
