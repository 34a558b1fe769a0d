//! Baseline files of every version that was ever written are read, for ever. The files are never written anew.

use goodhart_features::Axis;
use goodhart_scoring::{Baseline, Card, Error, ReferenceKind, Ties};

const STORED: [(u16, &[u8]); 3] = [
    (1, include_bytes!("baselines/version-1.bin")),
    (2, include_bytes!("baselines/version-2.bin")),
    (3, include_bytes!("baselines/version-3.bin")),
];

#[test]
fn the_card_of_every_version_is_read() {
    for (version, bytes) in STORED {
        assert_eq!(u16::from_le_bytes([bytes[8], bytes[9]]), version);
        let card = Card::read(bytes).unwrap_or_else(|error| panic!("version {version}: {error}"));
        assert_eq!((card.sessions, card.rows, card.seed), (25, 25, 0), "version {version}");
        assert_eq!((card.kind, card.smallest_p), (ReferenceKind::DeclaredClean, 1.0 / 26.0));
        assert_eq!(card.composition, "traces of the user");
    }
}

/// They score as they did when they were written, or name the feature that has changed since.
#[test]
fn every_version_scores_or_says_which_feature_has_changed() {
    for (version, bytes) in STORED {
        match Baseline::from_bytes(bytes) {
            Ok(baseline) => {
                let p = |score| baseline.reference(Axis::Loop).of("").1.p_value(score, Ties::Conservative);
                assert_eq!([p(0.0), p(0.3), p(1.0)], [1.0, 6.0 / 26.0, 1.0 / 26.0], "version {version}");
                assert_eq!(baseline.detectors(), ["isolation-forest", "tail-probability"]);
                let standing = baseline.standing("novelty", 2.0).expect("because it is scored");
                assert!(standing.percentile > 0.95, "version {version}: {standing:?}");
            }
            Err(Error::Feature { id, expected, .. }) => assert!(!id.is_empty() && expected > 0),
            Err(error) => panic!("version {version}: {error}"),
        }
    }
}
