//! How well a session compresses: one minus compressed over raw size. Of calls and results for looping, of what the
//! model says for padding. A measure without a threshold; longer texts compress better, so it grows with length.
//!
//! Cost: one pass of deflate.

use std::io::Write;

use flate2::Compression;
use flate2::write::DeflateEncoder;

use super::steps::Step;
use super::{Guard, Judgement};

/// See the page of this file.
#[derive(Debug, Clone, Copy)]
pub struct Gzip;

impl Guard for Gzip {
    fn id(&self) -> &'static str {
        "gzip"
    }

    fn judge<'a>(&self, steps: &[Step<'a>]) -> Judgement<'a> {
        let calls = steps.iter().flat_map(|step| {
            [step.tool.unwrap_or_default(), step.arguments, step.answer.map_or("", |answer| answer.text)]
        });
        let said = steps.iter().map(|step| step.said.as_str());
        Judgement { score: saved(calls), pad: saved(said), ..Judgement::default() }
    }
}

/// None of nothing; what grows saves nothing.
fn saved<'t>(texts: impl Iterator<Item = &'t str>) -> Option<f64> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    let mut raw = 0;
    for text in texts {
        encoder.write_all(text.as_bytes()).and_then(|()| encoder.write_all(b"\n")).ok()?;
        raw += text.len() + 1;
    }
    let packed = encoder.finish().ok()?.len();
    (raw > 0).then(|| (1.0 - packed as f64 / raw as f64).max(0.0))
}

#[cfg(test)]
mod tests {
    use goodhart_trace::build::session;

    use super::super::{Guard, steps::steps};
    use super::Gzip;

    #[test]
    fn repetition_compresses() {
        let text = |n: usize| {
            session("s").repeat(50, move |s, round| s.call("A", &format!("{}", round * n)).result("r"))
        };
        let score = |n| Gzip.judge(&steps(&text(n).events())).score.unwrap();
        assert!(score(0) > 0.9 && score(0) > score(7919), "{} {}", score(0), score(7919));
        assert_eq!(Gzip.judge(&[]).score, None);
    }

    #[test]
    fn what_is_said_is_measured_apart() {
        let events =
            session("s").text(&"again and again. ".repeat(30)).call("A", "qwertz").result("uiop").events();
        let judgement = Gzip.judge(&steps(&events));
        assert!(judgement.pad.unwrap() > 0.9 && judgement.score.unwrap() < 0.1, "{judgement:?}");
    }
}
