//! The bytes of a baseline: a header that says what it is, and the body.
//!
//! | bytes | |
//! |---|---|
//! | 0 to 7 | label `GOODHART` |
//! | 8, 9 | format version, little-endian |
//! | 10 to 17 | XXH3 of the body, little-endian |
//! | 18 to the end | body, in the postcard encoding |
//!
//! | version | holds beside what the one before it held |
//! |---|---|
//! | 1 | key, habits, features with their versions and usual values, detectors, reference scores |
//! | 2 | hash of the schema, percentiles of each feature, percentiles of the detectors' scores |
//! | 3 | nothing more: the detectors stand behind their lengths, so that they can be decoded when they are needed |
//!
//! A file is read for ever: whoever changes the body raises the version and keeps reading the old one. What is written is
//! always the latest. [`Card::read`] reads also what this build cannot score with any more.

mod version_1;
mod version_2;

use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64;

use crate::baseline::{Baseline, Body};
use crate::card::Card;
use crate::error::Error;

const LABEL: &str = "GOODHART";
const VERSION: u16 = 3;
const HEADER: usize = 18;

impl Baseline {
    /// The baseline as bytes; the same baseline gives the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let body = encode(self.body());
        let mut bytes = Vec::with_capacity(HEADER + body.len());
        bytes.extend_from_slice(LABEL.as_bytes());
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&checksum(&body).to_le_bytes());
        bytes.extend_from_slice(&body);
        bytes
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// [`Error::Label`], [`Error::Short`], [`Error::Version`], [`Error::Checksum`] and [`Error::Body`] for bytes that
    /// are no sound baseline; [`Error::Feature`] for a baseline of features that this build has not at the same
    /// version; [`Error::Schema`] and [`Error::Stored`] for one that contradicts itself; [`Error::Detector`] never.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (body, fingerprint) = read(bytes)?;
        Baseline::assemble(body, fingerprint)
    }

    /// The same of bytes whose detectors a test has looked at.
    pub(crate) fn from_trusted(bytes: &[u8]) -> Result<Self, Error> {
        let (body, fingerprint) = read(bytes)?;
        Baseline::assemble_trusted(body, fingerprint)
    }
}

impl Card {
    /// The card of a baseline file, whether or not this build can score with it.
    ///
    /// ```
    /// use goodhart_scoring::{Baseline, Card};
    ///
    /// let baseline = Baseline::embedded();
    /// assert_eq!(&Card::read(&baseline.to_bytes())?, baseline.card());
    /// # Ok::<(), goodhart_scoring::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Baseline::from_bytes`], but for [`Error::Feature`].
    pub fn read(bytes: &[u8]) -> Result<Self, Error> {
        let (body, _) = read(bytes)?;
        body.check_parts()?;
        body.check_detectors()?;
        Ok(body.card(&body.reference(|row| row.loop_score)))
    }
}

/// The body of a file of any version, and its fingerprint: the checksum that it has in the latest version.
fn read(bytes: &[u8]) -> Result<(Body, u64), Error> {
    expect_label(bytes)?;
    let (Some(version), Some(written)) = (bytes.get(8..10), bytes.get(10..HEADER)) else {
        return Err(Error::Short { expected: HEADER, found: bytes.len() });
    };
    let version = u16::from_le_bytes([version[0], version[1]]);
    let body = &bytes[HEADER..];
    let found = checksum(body);
    let expected = written.iter().rev().fold(0, |sum, &byte| sum << 8 | u64::from(byte));
    match version {
        1..=VERSION if found != expected => Err(Error::Checksum { expected, found }),
        1 => Ok(renewed(decode::<version_1::Body>(body)?.into())),
        2 => Ok(renewed(decode::<version_2::Body>(body)?.into())),
        VERSION => Ok((decode(body)?, found)),
        found => Err(Error::Version { expected: VERSION, found }),
    }
}

/// The body of an older file, and the fingerprint that it has in the latest version.
fn renewed(body: Body) -> (Body, u64) {
    let fingerprint = checksum(&encode(&body));
    (body, fingerprint)
}

/// The body as bytes.
pub(crate) fn encode(body: &Body) -> Vec<u8> {
    postcard::to_allocvec(body).expect("because every field of the body is serialisable")
}

/// Checksum of a body, and fingerprint of its baseline.
pub(crate) fn checksum(body: &[u8]) -> u64 {
    xxh3_64(body)
}

pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    match postcard::take_from_bytes(bytes)? {
        (body, []) => Ok(body),
        (_, rest) => Err(Error::Stored {
            what: "body",
            expected: "nothing after its end",
            found: format!("{} more bytes", rest.len()),
        }),
    }
}

fn expect_label(bytes: &[u8]) -> Result<(), Error> {
    let found = &bytes[..bytes.len().min(LABEL.len())];
    if found == LABEL.as_bytes() {
        return Ok(());
    }
    Err(Error::Label { expected: LABEL, found: String::from_utf8_lossy(found).into_owned() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{HEADER, checksum, encode};
    use crate::Baseline;
    use crate::baseline::{Body, schema_hash};

    fn bytes() -> Vec<u8> {
        Baseline::embedded().to_bytes()
    }

    fn refusal(bytes: &[u8]) -> String {
        Baseline::from_bytes(bytes).unwrap_err().to_string()
    }

    /// A file with a sound header around any body.
    fn sealed(body: &[u8]) -> Vec<u8> {
        let mut bytes = bytes()[..10].to_vec();
        bytes.extend_from_slice(&checksum(body).to_le_bytes());
        bytes.extend_from_slice(body);
        bytes
    }

    /// The file of the embedded baseline with something wrong in it.
    fn spoiled(spoil: impl FnOnce(&mut Body)) -> Vec<u8> {
        let mut body = Baseline::embedded().body().clone();
        spoil(&mut body);
        sealed(&encode(&body))
    }

    /// The same under a schema that agrees with it.
    fn respoiled(spoil: impl FnOnce(&mut Body)) -> Vec<u8> {
        spoiled(|body| {
            spoil(body);
            body.schema = schema_hash(&body.features);
        })
    }

    #[test]
    fn written_and_read_again_it_is_the_same() {
        let (bytes, again) = (bytes(), Baseline::from_bytes(&bytes()).unwrap());
        assert_eq!(again.to_bytes(), bytes);
        assert_eq!(again.fingerprint(), Baseline::embedded().fingerprint());
    }

    #[test]
    fn refusals_name_the_expected_and_the_found() {
        assert_eq!(refusal(b"PK\x03\x04"), "baseline: expected label \"GOODHART\", found \"PK\\u{3}\\u{4}\"");
        assert_eq!(refusal(&bytes()[..9]), "baseline: expected a header of 18 bytes, found 9 bytes in all");
        let mut newer = bytes();
        newer[8] = 9;
        assert_eq!(refusal(&newer), "baseline: expected format version 3 or older, found 9");
        let mut damaged = bytes();
        damaged[HEADER + 40] ^= 1;
        assert!(refusal(&damaged).contains("expected checksum"));
        assert!(refusal(&bytes()[..bytes().len() - 1]).contains("expected checksum"));
    }

    #[test]
    fn another_version_of_a_feature_is_refused() {
        let newer = respoiled(|body| body.features[0].version += 1);
        let crate::baseline::Fitted { id, version, .. } = &Baseline::embedded().body().features[0];
        let expected = version + 1;
        assert_eq!(
            refusal(&newer),
            format!(
                "baseline: feature \"{id}\": expected version {expected} as fitted, found version {version}"
            )
        );
        let unknown = respoiled(|body| body.features[0].id = "mood".to_owned());
        assert!(refusal(&unknown).ends_with("found no such feature"));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        assert!(refusal(&spoiled(|body| body.rows[0].weight = f64::NAN)).contains("a weight in (0, 1]"));
        assert!(refusal(&spoiled(|body| body.rows[0].loop_score = 1.5)).contains("scores in [0, 1]"));
        assert!(refusal(&spoiled(|body| body.strata.clear())).contains("a known stratum"));
        assert!(refusal(&respoiled(|body| body.features.clear())).contains("columns of the listed features"));
        assert!(refusal(&spoiled(|body| body.features[0].usual = Some([1.0, 0.0]))).contains("rising order"));
        let refused = refusal(&spoiled(|body| body.schema = 1));
        assert!(refused.contains("schema: expected hash") && refused.ends_with("found 0000000000000001"));
        let short = spoiled(|body| body.features[0].percentiles = vec![1.0]);
        assert!(refusal(&short).contains("101 of them or none, found 1"));
        let mut longer = encode(Baseline::embedded().body());
        longer.push(0);
        assert!(refusal(&sealed(&longer)).ends_with("found 1 more bytes"));
    }

    proptest! {
        /// For all bytes: an error, never a panic.
        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(Baseline::from_bytes(&bytes).is_err());
        }

        /// The same behind a sound header.
        #[test]
        fn an_arbitrary_body_never_panics(body in prop::collection::vec(any::<u8>(), 0..400)) {
            prop_assert!(Baseline::from_bytes(&sealed(&body)).is_err());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// For all damages of one byte behind a sound header: read or refused; what is read can be used.
        #[test]
        fn a_damaged_body_never_panics(at in any::<prop::sample::Index>(), byte: u8) {
            let mut body = bytes().split_off(HEADER);
            let at = at.index(body.len());
            body[at] = byte;
            if let Ok(baseline) = Baseline::from_bytes(&sealed(&body)) {
                let scores = crate::score(&crate::testing::looping(30), "codex", &baseline);
                prop_assert!(scores.anomaly.is_finite() && scores.p_value > 0.0);
            }
        }
    }
}
