//! `--baseline`: what sessions are compared with.

use std::borrow::Cow;
use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;
use goodhart::batch::Scan;
use goodhart::scoring::{Baseline, FitOptions, ReferenceKind};

use crate::error::Error;
use crate::inputs::Inputs;

/// Which baseline was asked for.
#[derive(Debug, Args)]
pub(crate) struct Reference {
    /// What to compare with: the reference that comes with goodhart, the batch itself, or a file written by `fit`.
    #[arg(long, value_name = "embedded|self|FILE", default_value = "embedded")]
    baseline: Choice,
}

/// A baseline that exists: `embedded`, or a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Existing(Option<PathBuf>);

impl FromStr for Existing {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Existing((text != "embedded").then(|| text.into())))
    }
}

impl Existing {
    /// As it was given.
    pub(crate) fn name(&self) -> String {
        self.0.as_ref().map_or_else(|| "embedded".to_owned(), |path| path.display().to_string())
    }

    /// Its bytes.
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Error> {
        self.0.as_ref().map_or_else(|| Ok(Baseline::embedded().to_bytes()), |path| bytes(path))
    }

    /// What it holds.
    pub(crate) fn read(&self) -> Result<Cow<'static, Baseline>, Error> {
        match &self.0 {
            None => Ok(Cow::Borrowed(Baseline::embedded())),
            Some(path) => read(path).map(Cow::Owned),
        }
    }
}

/// A baseline by name.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Choice {
    /// The one that comes with this program.
    Embedded,
    /// The batch itself.
    Batch,
    /// A file that `fit` has written.
    File(PathBuf),
}

impl FromStr for Choice {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "embedded" => Choice::Embedded,
            "self" => Choice::Batch,
            file => Choice::File(file.into()),
        })
    }
}

impl Reference {
    /// Reads everything under the baseline, and tells which it was.
    pub(crate) fn scan(
        &self,
        inputs: &Inputs,
        keep_steps: bool,
    ) -> Result<(Cow<'static, Baseline>, Scan), Error> {
        let baseline = match &self.baseline {
            Choice::Embedded => Cow::Borrowed(Baseline::embedded()),
            Choice::File(path) => Cow::Owned(read(path)?),
            Choice::Batch => Cow::Owned(inputs.fit(&of_batch())?.baseline),
        };
        let scan = inputs.profiles(&baseline, keep_steps)?;
        Ok((baseline, scan))
    }
}

/// The batch as its own reference.
fn of_batch() -> FitOptions {
    FitOptions {
        kind: ReferenceKind::Batch,
        composition: "the sessions that are judged".to_owned(),
        not_good_for: "any other session".to_owned(),
        ..FitOptions::default()
    }
}

/// Reads the baseline of a file.
fn read(path: &Path) -> Result<Baseline, Error> {
    Baseline::from_bytes(&bytes(path)?).map_err(|source| Error::Baseline { path: path.to_owned(), source })
}

fn bytes(path: &Path) -> Result<Vec<u8>, Error> {
    std::fs::read(path).map_err(|source| Error::Open { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::Choice;

    #[test]
    fn anything_but_two_words_is_a_file() {
        let cases = [
            ("embedded", Choice::Embedded),
            ("self", Choice::Batch),
            ("./self", Choice::File("./self".into())),
        ];
        for (text, choice) in cases {
            assert_eq!(text.parse(), Ok(choice));
        }
    }
}
