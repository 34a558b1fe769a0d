//! What the judgments of whole sessions have in common.

use goodhart_features::{DigestKey, Fold, Habits, Profile, digest};
use goodhart_trace::Event;

/// The profile of a session, with its steps.
pub(crate) fn profile(events: &[Event<'_>], key: DigestKey) -> Profile {
    let habits = Habits::default();
    let mut fold = Fold::new(&habits).with_steps();
    for (order, event) in events.iter().enumerate() {
        fold.push_owned(digest(event, order as u64, key)).expect("because orders increase");
    }
    fold.into_profile()
}

/// A word for each number.
pub(crate) fn name(n: usize) -> String {
    let mut n = n.wrapping_mul(2_654_435_761) % 1_000_003 + 17;
    let mut word = String::new();
    while n > 0 {
        word.push(char::from(b'a' + (n % 26) as u8));
        n /= 26;
    }
    word
}
