//! From what was read to findings, under the baseline that was asked for.

use std::borrow::Cow;
use std::collections::BTreeMap;

use clap::Args;
use goodhart::batch::{JudgeOptions, Report, Scan, SessionProfile};
use goodhart::features::StepRecord;
use goodhart::scoring::Baseline;

use crate::error::Error;
use crate::inputs::Inputs;
use crate::reference::Reference;

/// How to judge.
#[derive(Debug, Args)]
pub(crate) struct Judging {
    #[command(flatten)]
    reference: Reference,
    /// Share of false discoveries allowed among `review` findings, and p-value up to which a session stands out by
    /// rank.
    #[arg(long, value_name = "SHARE", default_value = "0.05", value_parser = level)]
    level: f64,
}

/// Everything that is said of a batch.
pub(crate) struct Judged {
    pub(crate) baseline: Cow<'static, Baseline>,
    pub(crate) report: Report,
    /// Records of the steps of each session, where they were asked for.
    pub(crate) steps: BTreeMap<String, Vec<StepRecord>>,
    options: JudgeOptions,
}

fn level(text: &str) -> Result<f64, String> {
    let level = text.parse().map_err(|_| "expected a number above 0 and below 1".to_owned())?;
    if level > 0.0 && level < 1.0 {
        Ok(level)
    } else {
        Err("expected a number above 0 and below 1".to_owned())
    }
}

impl Judging {
    /// Reads, scores and judges.
    pub(crate) fn judge(&self, inputs: &Inputs, keep_steps: bool) -> Result<Judged, Error> {
        let (baseline, mut scan) = self.reference.scan(inputs, keep_steps)?;
        let steps = if keep_steps { take_steps(&mut scan) } else { BTreeMap::new() };
        let options =
            JudgeOptions { fdr_level: self.level, rank_level: self.level, ..JudgeOptions::default() };
        let report = inputs.batch(&baseline).judging(options).judge(scan)?;
        Ok(Judged { baseline, report, steps, options })
    }
}

/// The records go to whoever shows them: findings do not need them.
fn take_steps(scan: &mut Scan) -> BTreeMap<String, Vec<StepRecord>> {
    let taken = |session: &mut SessionProfile| {
        (session.meta.session_id.clone(), std::mem::take(&mut session.profile.step_records))
    };
    scan.sessions.iter_mut().map(taken).collect()
}

impl Judged {
    /// What limits the error control, with the numbers.
    pub(crate) fn warnings(&self) -> Vec<String> {
        let shortfall = self.report.shortfall.as_ref().map(ToString::to_string);
        shortfall.into_iter().chain(self.unscreened()).chain(self.too_coarse()).collect()
    }

    fn unscreened(&self) -> Option<String> {
        let one_in = (1.0 / self.options.rank_level).round();
        (!self.baseline.kind().is_clean()).then(|| {
            format!(
                "nobody vouches for the reference, so q-values decide nothing: sessions are named by rank, and about 1 \
                 in {one_in} ordinary sessions is rare by chance"
            )
        })
    }

    /// A session's p-value is twice the smaller one of the two axes, so it cannot fall below this.
    fn too_coarse(&self) -> Option<String> {
        let card = self.baseline.card();
        let (smallest, level) = (2.0 * card.smallest_p, self.options.rank_level);
        (smallest > level).then(|| {
            format!(
                "{} reference sessions give no p-value below {smallest:.2}: nothing can be rare at a level of {level}",
                card.sessions
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn a_level_is_a_share() {
        assert_eq!(level("0.1"), Ok(0.1));
        for wrong in ["0", "1", "-1", "NaN", "five"] {
            assert!(level(wrong).is_err(), "{wrong}");
        }
    }
}
