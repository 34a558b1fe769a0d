//! One profile and the baseline to scores and p-values; nothing else goes in.

use goodhart_features::{Axis, Profile};
use serde::{Deserialize, Serialize};

use crate::baseline::Baseline;
use crate::calibrate::Ties;
use crate::meta::SessionMeta;

/// The scores of one session. Higher scores are worse, smaller p-values are rarer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Scores {
    /// Looping, in [0, 1].
    pub loop_score: f64,
    /// Padding, in [0, 1].
    pub pad_score: f64,
    /// How strange the feature row is as a whole, in [0, 1]; .5 is the middle of the reference. It decides nothing.
    pub anomaly: f64,
    /// Conservative p-value of the loop score, in (0, 1].
    pub p_loop: f64,
    /// Conservative p-value of the pad score, in (0, 1].
    pub p_pad: f64,
    /// Of both axes together: `min(1, 2 min(p_loop, p_pad))`.
    pub p_value: f64,
    /// The stratum compared with; `None` when that is the whole reference.
    pub stratum: Option<String>,
    /// Sessions compared with, as they weigh.
    pub sessions: f64,
}

/// A session that is ready to be judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessed {
    /// The names around it.
    pub meta: SessionMeta,
    /// What the fold found.
    pub profile: Box<Profile>,
    /// Its scores.
    pub scores: Scores,
}

impl Assessed {
    /// Scores a session against its own stratum.
    pub fn new(meta: SessionMeta, profile: impl Into<Box<Profile>>, baseline: &Baseline) -> Self {
        let profile = profile.into();
        let scores = score(&profile, meta.stratum(), baseline);
        Assessed { meta, profile, scores }
    }
}

impl Scores {
    /// The axis that stands out more; loops where both do alike.
    pub fn axis(&self) -> Axis {
        if self.p_pad < self.p_loop { Axis::Padding } else { Axis::Loop }
    }

    /// The score of an axis.
    pub fn of(&self, axis: Axis) -> f64 {
        match axis {
            Axis::Loop => self.loop_score,
            Axis::Padding => self.pad_score,
        }
    }
}

/// Scores a profile. `stratum` names the group that it is compared with, when the reference holds enough of it.
///
/// ```
/// use goodhart_features::{Fold, Habits};
/// use goodhart_scoring::{score, Baseline};
///
/// let empty = Fold::new(&Habits::default()).into_profile();
/// let scores = score(&empty, "claude-code", Baseline::embedded());
/// assert_eq!((scores.loop_score, scores.p_value), (0.0, 1.0));
/// ```
pub fn score(profile: &Profile, stratum: &str, baseline: &Baseline) -> Scores {
    let [loop_score, pad_score] = axis_scores(profile);
    let (own, tail) = baseline.reference(Axis::Loop).of(stratum);
    let p_loop = tail.p_value(loop_score, Ties::Conservative);
    let p_pad = baseline.reference(Axis::Padding).of(stratum).1.p_value(pad_score, Ties::Conservative);
    Scores {
        loop_score,
        pad_score,
        anomaly: baseline.general().strangeness(profile),
        p_loop,
        p_pad,
        p_value: (2.0 * p_loop.min(p_pad)).min(1.0),
        stratum: own.map(str::to_owned),
        sessions: tail.weight(),
    }
}

/// The scores of both axes, loops first: the absolute evidence of the fold, in [0, 1]. How strange the features of an
/// axis are would enter here, as far as that is shown to gain on other data than it was fitted on, and has not been.
pub(crate) fn axis_scores(profile: &Profile) -> [f64; 2] {
    [profile.loop_score, profile.pad_score].map(|evidence| evidence.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use goodhart_features::Axis;
    use goodhart_trace::build::session;
    use proptest::prelude::*;

    use super::score;
    use crate::Baseline;
    use crate::testing::{looping, profile, working};

    #[test]
    fn the_evidence_is_the_score_and_the_smaller_p_counts_twice() {
        let (profile, baseline) = (looping(30), Baseline::embedded());
        let scores = score(&profile, "", baseline);
        assert_eq!(scores.loop_score, profile.loop_score);
        assert_eq!(scores.p_value, (2.0 * scores.p_loop).min(1.0));
        assert_eq!((scores.axis(), scores.of(Axis::Loop)), (Axis::Loop, scores.loop_score));
        assert!(scores.anomaly > score(&working(30), "", baseline).anomaly);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        /// For all looped stretches, from a first call and three repeats on: one more identical call and result never
        /// lowers the score, nor raises p.
        #[test]
        fn one_more_identical_call_never_lowers_the_loop_score(work in 0..12_usize, repeats in 4..30_usize) {
            let run = |repeats| profile(session("s")
                .repeat(work, |s, i| s.call("Read", &format!(r#"{{"path":"src/{i}.rs"}}"#)).result(&format!("module {i}")))
                .repeat(repeats, |s, _| s.call("Bash", r#"{"command":"ci status"}"#).result("nothing new here")));
            let [before, after] = [repeats, repeats + 1].map(|n| score(&run(n), "", Baseline::embedded()));
            prop_assert!(after.loop_score >= before.loop_score);
            prop_assert!(after.p_loop <= before.p_loop);
        }
    }
}
