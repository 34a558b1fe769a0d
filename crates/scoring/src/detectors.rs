//! Which detectors a baseline is fitted with.

use std::fmt;
use std::str::FromStr;

use goodhart_detectors::{Ensemble, catalog};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The detectors of a baseline by name, each of which sees the features of an axis, and all features.
///
/// | set | detectors | take it |
/// |---|---|---|
/// | `pair` | isolation forest, tail probability | by default: directions keep it right where up to two in five sessions loop |
/// | `ensemble` | the five of [`Ensemble`] | to see unusual combinations; the file is six times as large |
/// | `cheap` | isolation forest, robust covariance, histogram | the same, small |
///
/// They explain a finding and give its `anomaly`; LOOP and PAD are the evidence of the fold and do not depend on them.
///
/// ```
/// use goodhart_scoring::Detectors;
///
/// assert_eq!(Detectors::default().to_string(), "isolation-forest,tail-probability");
/// let five: Detectors = "ensemble".parse()?;
/// assert_eq!(five.names().collect::<Vec<_>>(), ["ensemble"]);
/// let own: Detectors = "histogram,neighbor-bag".parse()?;
/// assert_eq!(own.names().collect::<Vec<_>>(), ["histogram", "neighbor-bag"]);
/// # Ok::<(), goodhart_scoring::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Detectors(Vec<String>);

/// A forest sees what is far from the rest, tails say which value made it so; together they fit in a second and stay small.
const PAIR: [&str; 2] = ["isolation-forest", "tail-probability"];

impl Detectors {
    /// Their names in the catalog of `goodhart-detectors`.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    fn of(names: &[&str]) -> Self {
        Detectors(names.iter().map(|&name| name.to_owned()).collect())
    }
}

impl Default for Detectors {
    fn default() -> Self {
        Detectors::of(&PAIR)
    }
}

/// `pair`, `cheap`, or names of the catalog with commas between, `ensemble` among them.
impl FromStr for Detectors {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text {
            "pair" => Ok(Detectors::default()),
            "cheap" => Ok(Detectors::of(&Ensemble::CHEAP)),
            names => names.split(',').map(|name| known(name.trim())).collect::<Result<_, _>>().map(Detectors),
        }
    }
}

impl fmt::Display for Detectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

/// A name of the catalog.
fn known(name: &str) -> Result<String, Error> {
    let expected: Vec<&'static str> = catalog().iter().map(|entry| entry.name).collect();
    let found = name.to_owned();
    if expected.contains(&name) {
        return Ok(found);
    }
    Err(goodhart_detectors::Error::UnknownDetector { found, expected }.into())
}

#[cfg(test)]
mod tests {
    use super::Detectors;

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let refused = "histogram,oracle".parse::<Detectors>().unwrap_err().to_string();
        assert!(refused.starts_with("detector \"oracle\": expected one of [isolation-forest, "), "{refused}");
        assert!("".parse::<Detectors>().is_err());
    }

    #[test]
    fn the_cheap_three_print_as_names_that_are_read_again() {
        let cheap: Detectors = "cheap".parse().unwrap();
        assert_eq!(cheap.to_string(), "isolation-forest,robust-covariance,histogram");
        assert_eq!(cheap.to_string().parse::<Detectors>().unwrap(), cheap);
    }
}
