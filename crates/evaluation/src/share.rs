//! A number between 0 and 1.

use std::str::FromStr;

use serde::Serialize;

use crate::{Error, Result};

/// A share: a finite number in [0, 1], checked once where it comes in.
///
/// ```
/// use goodhart_evaluation::Share;
///
/// assert_eq!("0.9".parse::<Share>()?.get(), 0.9);
/// assert!("90".parse::<Share>().is_err());
/// # Ok::<(), goodhart_evaluation::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize)]
pub struct Share(f64);

impl Share {
    /// Nine in ten.
    pub const NINE_TENTHS: Share = Share(0.9);

    /// The share as a number.
    pub fn get(self) -> f64 {
        self.0
    }
}

impl TryFrom<f64> for Share {
    type Error = Error;

    /// # Errors
    ///
    /// [`Error::Share`] when the number is outside [0, 1] or not a number.
    fn try_from(number: f64) -> Result<Self> {
        if (0.0..=1.0).contains(&number) {
            Ok(Share(number))
        } else {
            Err(Error::Share { found: number.to_string() })
        }
    }
}

impl FromStr for Share {
    type Err = Error;

    /// # Errors
    ///
    /// [`Error::Share`] when the text is not a number in [0, 1].
    fn from_str(text: &str) -> Result<Self> {
        let number: f64 = text.trim().parse().map_err(|_| Error::Share { found: format!("`{text}`") })?;
        number.try_into()
    }
}

#[cfg(test)]
mod tests {
    use super::Share;

    #[test]
    fn only_numbers_from_zero_to_one_are_shares() {
        for good in ["0", "1", "0.5", " .25 "] {
            assert!(good.parse::<Share>().is_ok(), "{good}");
        }
        for bad in ["-0.1", "1.01", "NaN", "inf", "x", ""] {
            assert!(bad.parse::<Share>().is_err(), "{bad}");
        }
        assert_eq!("two".parse::<Share>().unwrap_err().to_string(), "expected a share in 0..=1, found `two`");
    }
}
