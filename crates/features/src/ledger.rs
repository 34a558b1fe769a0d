//! Books every billed token to exactly one account.

use std::collections::VecDeque;

use goodhart_trace::Usage;
use serde::{Deserialize, Serialize};

use crate::tuning::{KNOWN_REQUESTS, MODEL_WINDOW, OPEN_REQUESTS};

/// Where a token can be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Account {
    /// Steps with a progress credit.
    Productive,
    /// Steps with content.
    Exploratory,
    /// Requests that the harness makes for itself.
    Overhead,
    /// Recurring steps of a loop span, its first occurrence excepted.
    Looped,
    /// Steps of a padding span.
    Padded,
    /// Steps without progress and without content.
    Unexplained,
}

/// The six accounts, in tokens. They sum to the session's total.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// See [`Account::Productive`].
    pub productive: u64,
    /// See [`Account::Exploratory`].
    pub exploratory: u64,
    /// See [`Account::Overhead`].
    pub overhead: u64,
    /// See [`Account::Looped`].
    pub looped: u64,
    /// See [`Account::Padded`].
    pub padded: u64,
    /// See [`Account::Unexplained`].
    pub unexplained: u64,
}

impl Ledger {
    /// Sum of the six accounts, saturating as the usage that it is the sum of.
    pub fn total(&self) -> u64 {
        let other = [self.exploratory, self.overhead, self.looped, self.padded, self.unexplained];
        other.into_iter().fold(self.productive, u64::saturating_add)
    }

    /// Looped and padded tokens, saturating.
    pub fn waste(&self) -> u64 {
        self.looped.saturating_add(self.padded)
    }

    /// Waste as a share of the total, in [0, 1]; 0 for an empty ledger.
    pub fn waste_share(&self) -> f64 {
        self.waste() as f64 / self.total().max(1) as f64
    }

    pub(crate) fn account(&mut self, account: Account) -> &mut u64 {
        match account {
            Account::Productive => &mut self.productive,
            Account::Exploratory => &mut self.exploratory,
            Account::Overhead => &mut self.overhead,
            Account::Looped => &mut self.looped,
            Account::Padded => &mut self.padded,
            Account::Unexplained => &mut self.unexplained,
        }
    }
}

/// How the token counts of a session are known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenQuality {
    /// The source states the usage of each request.
    Exact,
    /// The source states a total for the session, or none at all and text sizes stand in.
    Estimated,
    /// Neither usage nor text.
    #[default]
    Absent,
}

/// What is booked: tokens where requests state their usage, bytes of text beside them for where they do not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mass {
    pub(crate) tokens: u64,
    pub(crate) bytes: u64,
}

impl Mass {
    pub(crate) fn add(&mut self, other: Mass) {
        self.tokens = self.tokens.saturating_add(other.tokens);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }
}

/// One step as the ledger sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// Number of the step.
    pub(crate) step: u64,
    /// The account, should the spans of the step not count in the end.
    pub(crate) account: Account,
    /// Loop span, then padding span.
    pub(crate) spans: [Option<u32>; 2],
    /// Bytes that the model wrote in the step.
    pub(crate) own: u64,
    /// All bytes of the step.
    pub(crate) bytes: u64,
}

/// The message that may lead to a call, with its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Led {
    pub(crate) request: u64,
    pub(crate) message: u64,
    pub(crate) silent: bool,
}

/// Requests whose usage may still grow, and what they are split over.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Booking {
    open: VecDeque<Request>,
    /// Usage of the closed requests.
    closed: Usage,
    /// The latest closed requests with the usage that is booked: one that comes back pays for its growth only.
    known: VecDeque<(u64, Stated)>,
    requests: u64,
    /// A request that states its usage was met.
    exact: bool,
    /// Usage stated for the whole session.
    session: Option<Usage>,
    /// Bytes that the model has in view, and how many of them were sent with all requests: what they stand for is billed
    /// each time.
    view: u64,
    sent: u64,
}

/// Usage of a request at rest. There are many, and hardly one has as many tokens as a narrow number cannot hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Stated {
    Narrow([u32; 4], Option<u32>),
    Wide(Box<Usage>),
}

impl From<Usage> for Stated {
    fn from(usage: Usage) -> Self {
        let narrow = || {
            let Usage { input, cache_read, cache_write, output, reasoning } = usage;
            let narrow = |count: u64| u32::try_from(count).ok();
            let counts = [narrow(input)?, narrow(cache_read)?, narrow(cache_write)?, narrow(output)?];
            Some(Stated::Narrow(counts, reasoning.map(u32::try_from).transpose().ok()?))
        };
        narrow().unwrap_or_else(|| Stated::Wide(Box::new(usage)))
    }
}

impl From<Stated> for Usage {
    fn from(stated: Stated) -> Self {
        match stated {
            Stated::Narrow(counts, reasoning) => {
                let [input, cache_read, cache_write, output] = counts.map(u64::from);
                Usage { input, cache_read, cache_write, output, reasoning: reasoning.map(u64::from) }
            }
            Stated::Wide(usage) => *usage,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Request {
    id: u64,
    usage: Option<Usage>,
    /// What of the usage is booked, since the request was closed once.
    booked: Usage,
    harness: bool,
    /// Bytes in view when it was sent.
    view: u64,
    entries: Vec<Entry>,
}

impl Request {
    /// Usage that is not booked yet.
    fn due(&self) -> Usage {
        growth(self.usage.unwrap_or_default(), self.booked)
    }
}

/// What `usage` has more than `booked`, class by class.
fn growth(usage: Usage, booked: Usage) -> Usage {
    Usage {
        input: usage.input.saturating_sub(booked.input),
        cache_read: usage.cache_read.saturating_sub(booked.cache_read),
        cache_write: usage.cache_write.saturating_sub(booked.cache_write),
        output: usage.output.saturating_sub(booked.output),
        reasoning: usage.reasoning.map(|known| known.saturating_sub(booked.reasoning.unwrap_or(0))),
    }
}

/// An entry with the tokens that fell to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Booked {
    pub(crate) entry: Entry,
    pub(crate) mass: Mass,
    pub(crate) output: u64,
}

impl Booking {
    /// Notes the usage of a request; of several records the largest counts, of equal ones the later.
    pub(crate) fn usage(&mut self, request: u64, usage: Usage, harness: bool, done: &mut dyn FnMut(Booked)) {
        self.exact = true;
        let request = self.request(request, done);
        request.harness |= harness;
        if request.usage.is_none_or(|known| known.total() <= usage.total()) {
            request.usage = Some(usage);
        }
    }

    /// Notes the usage of the whole session; of several records the largest counts.
    pub(crate) fn session_usage(&mut self, usage: Usage) {
        if self.session.is_none_or(|known| known.total() <= usage.total()) {
            self.session = Some(usage);
        }
    }

    /// So many bytes come into the model's view.
    pub(crate) fn shows(&mut self, bytes: u64) {
        self.view = self.view.saturating_add(bytes).min(MODEL_WINDOW);
    }

    /// Nothing of what was in view is any more.
    pub(crate) fn clear_view(&mut self) {
        self.view = 0;
    }

    /// Bytes sent with all requests, beside those of their steps.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// Adds a step to its request; what it holds is in view from there on.
    pub(crate) fn step(&mut self, request: u64, entry: Entry, done: &mut dyn FnMut(Booked)) {
        self.request(request, done).entries.push(entry);
        self.shows(entry.bytes);
    }

    /// A call that states no usage bears what the request cost that has led to it: beside its message, or in its place where
    /// that is silent.
    pub(crate) fn bear(&mut self, led: Led, request: u64, call: Entry) {
        let states_usage = |open: &Request, id| open.id == id && open.usage.is_some();
        if self.open.iter().any(|open| states_usage(open, request)) {
            return;
        }
        let Some(open) = self.open.iter_mut().find(|open| states_usage(open, led.request)) else { return };
        let call = Entry { own: 0, bytes: 0, ..call };
        match open.entries.iter_mut().find(|entry| led.silent && entry.step == led.message) {
            Some(entry) => *entry = call,
            None => open.entries.push(call),
        }
    }

    /// The steps of the requests that are still open.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.open.iter().flat_map(|request| &request.entries)
    }

    /// The entries of a step whose requests are still open.
    pub(crate) fn entries_mut(&mut self, step: u64) -> impl Iterator<Item = &mut Entry> {
        self.open.iter_mut().flat_map(|request| &mut request.entries).filter(move |entry| entry.step == step)
    }

    /// Model calls so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }

    /// Usage so far: of the requests where they state it, else of the session.
    pub(crate) fn totals(&self) -> Usage {
        let mut totals = self.closed;
        self.open.iter().for_each(|request| totals.add(&request.due()));
        if self.exact { totals } else { self.session.unwrap_or_default() }
    }

    /// How the totals are known, given that the steps hold this many bytes.
    pub(crate) fn quality(&self, bytes: u64) -> TokenQuality {
        match (self.exact, self.session, bytes) {
            (true, ..) => TokenQuality::Exact,
            (_, None, 0) => TokenQuality::Absent,
            _ => TokenQuality::Estimated,
        }
    }

    /// Closes every request.
    pub(crate) fn finish(&mut self, done: &mut dyn FnMut(Booked)) {
        while let Some(request) = self.open.pop_front() {
            self.close(request, done);
        }
    }

    fn request(&mut self, id: u64, done: &mut dyn FnMut(Booked)) -> &mut Request {
        let at = match self.open.iter().rposition(|request| request.id == id) {
            Some(at) => at,
            None => self.open_request(id, done),
        };
        &mut self.open[at]
    }

    fn open_request(&mut self, id: u64, done: &mut dyn FnMut(Booked)) -> usize {
        if self.open.len() == OPEN_REQUESTS
            && let Some(oldest) = self.open.pop_front()
        {
            self.close(oldest, done);
        }
        let usage = self.recall(id);
        self.requests += u64::from(usage.is_none());
        let view = if usage.is_none() { self.view } else { 0 };
        self.sent = self.sent.saturating_add(view);
        let booked = usage.unwrap_or_default();
        self.open.push_back(Request { id, usage, booked, harness: false, view, entries: Vec::new() });
        self.open.len() - 1
    }

    /// The booked usage of a request that was closed and has come back.
    fn recall(&mut self, id: u64) -> Option<Usage> {
        let (older, newer) = self.known.as_slices();
        let at = older.iter().chain(newer).position(|(known, _)| *known == id)?;
        self.known.remove(at).map(|(_, stated)| stated.into())
    }

    fn close(&mut self, request: Request, done: &mut dyn FnMut(Booked)) {
        self.closed.add(&request.due());
        if self.known.len() == KNOWN_REQUESTS {
            self.known.pop_front();
        }
        self.known.push_back((request.id, request.usage.unwrap_or_default().into()));
        split(request, done);
    }
}

/// Splits a request over its steps: the output by what each wrote, the prompt side equally, so that a call without
/// content also pays for reading its whole context. Remainders go to the last step.
fn split(mut request: Request, done: &mut dyn FnMut(Booked)) {
    let usage = request.due();
    if request.entries.is_empty() {
        let nothing =
            Entry { step: u64::MAX, account: Account::Unexplained, spans: [None; 2], own: 0, bytes: 0 };
        request.entries.push(nothing);
    }
    let own: u128 = request.entries.iter().map(|entry| u128::from(entry.own)).sum();
    let count = request.entries.len() as u64;
    let (mut prompt_left, mut output_left, mut view_left) = (usage.prompt(), usage.output, request.view);
    for (i, mut entry) in request.entries.into_iter().enumerate() {
        let last = i as u64 + 1 == count;
        let output = if last { output_left } else { proportion(usage.output, entry.own, own, count) };
        let prompt = if last { prompt_left } else { usage.prompt() / count };
        let view = if last { view_left } else { request.view / count };
        output_left -= output;
        prompt_left -= prompt;
        view_left -= view;
        if request.harness {
            entry = Entry { account: Account::Overhead, spans: [None; 2], ..entry };
        }
        let mass = Mass { tokens: prompt.saturating_add(output), bytes: entry.bytes.saturating_add(view) };
        done(Booked { entry, mass, output });
    }
}

/// `part / whole` of an amount, rounded down; an equal share where nothing is known of the parts.
fn proportion(amount: u64, part: u64, whole: u128, count: u64) -> u64 {
    match whole {
        0 => amount / count,
        _ => (u128::from(amount) * u128::from(part) / whole) as u64,
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::Usage;
    use proptest::prelude::*;

    use super::{Account, Booked, Booking, Entry, OPEN_REQUESTS};

    fn entry(step: u64, own: u64) -> Entry {
        Entry { step, account: Account::Exploratory, spans: [None; 2], own, bytes: own }
    }

    #[test]
    fn output_follows_the_text_and_the_prompt_is_shared() {
        let mut booked: Vec<Booked> = Vec::new();
        let mut sink = |b| booked.push(b);
        let mut booking = Booking::default();
        booking.step(1, entry(0, 30), &mut sink);
        booking.step(1, entry(1, 10), &mut sink);
        booking.usage(1, Usage { input: 100, output: 40, ..Usage::default() }, false, &mut sink);
        booking.finish(&mut sink);
        let tokens: Vec<u64> = booked.iter().map(|b| b.mass.tokens).collect();
        assert_eq!(tokens, [50 + 30, 50 + 10]);
    }

    #[test]
    fn of_several_records_of_a_request_the_largest_counts() {
        let mut booking = Booking::default();
        for output in [5, 61, 9] {
            booking.usage(1, Usage { output, ..Usage::default() }, false, &mut |_| ());
        }
        assert_eq!(booking.totals().output, 61);
        assert_eq!(booking.requests(), 1);
    }

    /// A log may go on with a request after a stretch of others.
    #[test]
    fn a_request_that_comes_back_pays_for_its_growth_only() {
        for input in [100, u64::from(u32::MAX) + 100] {
            let usage = |output| Usage { input, output, reasoning: Some(output / 2), ..Usage::default() };
            let mut sum = 0;
            let mut sink = |b: Booked| sum += b.mass.tokens;
            let mut booking = Booking::default();
            booking.usage(1, usage(9), false, &mut sink);
            for other in 2..2 + 2 * OPEN_REQUESTS as u64 {
                booking.usage(other, Usage::default(), false, &mut sink);
            }
            booking.usage(1, usage(9), false, &mut sink);
            assert_eq!((booking.totals(), booking.requests()), (usage(9), 1 + 2 * OPEN_REQUESTS as u64));
            booking.usage(1, usage(924), false, &mut sink);
            assert_eq!(booking.totals(), usage(924));
            booking.finish(&mut sink);
            assert_eq!((booking.totals(), sum), (usage(924), input + 924));
        }
    }

    #[test]
    fn a_harness_request_is_overhead() {
        let mut accounts = Vec::new();
        let mut booking = Booking::default();
        booking.step(1, entry(0, 1), &mut |_| ());
        booking.usage(1, Usage { output: 5, ..Usage::default() }, true, &mut |_| ());
        booking.finish(&mut |b: Booked| accounts.push(b.entry.account));
        assert_eq!(accounts, [Account::Overhead]);
    }

    proptest! {
        /// For all requests and steps: what is booked sums to what was billed.
        #[test]
        fn everything_billed_is_booked(requests in prop::collection::vec(
            (prop::collection::vec(0_u64..1000, 0..5), 0_u64..1_000_000, 0_u64..100_000), 0..40)) {
            let mut sum = 0;
            let mut booking = Booking::default();
            for (i, (steps, input, output)) in requests.iter().enumerate() {
                let mut sink = |b: Booked| sum += b.mass.tokens;
                for (j, &own) in steps.iter().enumerate() {
                    booking.step(i as u64, entry(j as u64, own), &mut sink);
                }
                booking.usage(i as u64, Usage { input: *input, output: *output, ..Usage::default() }, false, &mut sink);
            }
            booking.finish(&mut |b: Booked| sum += b.mass.tokens);
            prop_assert_eq!(sum, booking.totals().total());
        }
    }
}
