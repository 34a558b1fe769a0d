//! G16a: the prompt cache is broken on purpose, so that everything is billed again.
//!
//! **Behaviour**: ordinary work, but the beginning of the prompt changes all the time and nothing can be read from
//! the cache.
//! **Recipe**: easy: a nonce before each prompt, every request. Medium: every third request. Hard: no nonce to be seen, the list
//! of tools is reordered.
//! **Nearest look-alikes**: an expired cache, another model, a compaction; L04.
//! **Level**: actors, as it takes prices to see it. **Expected**: `review`. Spans are the requests that were billed anew.

use crate::class::{Axis, Class, Difficulty};
use crate::desk::{Cache, Desk};
use crate::work;

pub(crate) const CLASS: Class = Class::pattern(
    "G16a",
    Axis::Shift,
    "cache busting: the prompt's beginning changes, the prefix is billed again and again",
    recipe,
)
.of_actors();

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let every = match difficulty {
        Difficulty::Easy => 1,
        Difficulty::Medium => 3,
        _ => d.dice.between(1, 2),
    };
    d.set_cache(Cache::Broken { every, requests: 0 });
    d.sign_prompts(difficulty != Difficulty::Hard);
    let calls = d.dice.between(15, 60) as usize;
    work::honest(d, calls);
}
