//! The body of the first version, as it was written.

use std::sync::OnceLock;

use goodhart_detectors::{Flatten, Model, Unify};
use goodhart_features::{DigestKey, Habits};
use serde::Deserialize;

use crate::baseline::{self, ReferenceKind, Row, schema_hash};
use crate::ensemble;

#[derive(Deserialize)]
pub(super) struct Body {
    key: DigestKey,
    habits: Habits,
    kind: ReferenceKind,
    seed: u64,
    composition: String,
    not_good_for: String,
    features: Vec<Fitted>,
    loops: Ensemble,
    pads: Ensemble,
    general: Ensemble,
    sessions: u64,
    strata: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Deserialize)]
struct Fitted {
    id: String,
    version: u32,
    usual: Option<[f64; 2]>,
}

#[derive(Deserialize)]
struct Ensemble {
    flatten: Option<Flatten>,
    members: Vec<Model>,
    unify: Unify,
}

impl From<Body> for baseline::Body {
    fn from(body: Body) -> Self {
        let features: Vec<baseline::Fitted> = body.features.into_iter().map(Into::into).collect();
        baseline::Body {
            schema: schema_hash(&features),
            key: body.key,
            habits: body.habits,
            kind: body.kind,
            seed: body.seed,
            composition: body.composition,
            not_good_for: body.not_good_for,
            features,
            loops: ensemble::Ensemble::from(body.loops).into(),
            pads: ensemble::Ensemble::from(body.pads).into(),
            general: ensemble::Ensemble::from(body.general).into(),
            sessions: body.sessions,
            strata: body.strata,
            rows: body.rows,
        }
    }
}

impl From<Fitted> for baseline::Fitted {
    fn from(Fitted { id, version, usual }: Fitted) -> Self {
        baseline::Fitted { id, version, usual, percentiles: Vec::new() }
    }
}

impl From<Ensemble> for ensemble::Ensemble {
    fn from(Ensemble { flatten, members, unify }: Ensemble) -> Self {
        ensemble::Ensemble { flatten, members, unify, percentiles: Vec::new(), places: OnceLock::new() }
    }
}

#[cfg(all(test, feature = "linfa"))]
mod tests {
    use crate::Baseline;
    use crate::baseline::Body;
    use crate::ensemble::Ensemble;
    use crate::model_file::{HEADER, checksum};
    use crate::testing::{fitted, looping, working};

    /// A file of the first version. Structs are written as tuples are.
    fn bytes(body: &Body) -> Vec<u8> {
        let ensemble = |it: &Ensemble| (it.flatten.clone(), it.members.clone(), it.unify.clone());
        let features: Vec<_> = body.features.iter().map(|it| (it.id.clone(), it.version, it.usual)).collect();
        let names = (body.key, &body.habits, body.kind, body.seed, &body.composition, &body.not_good_for);
        let models =
            (features, ensemble(body.loops.get()), ensemble(body.pads.get()), ensemble(body.general.get()));
        let rows = (body.sessions, &body.strata, &body.rows);
        let body = postcard::to_allocvec(&(names, models, rows)).expect("because all of it is serialisable");
        let mut bytes = b"GOODHART\x01\x00".to_vec();
        bytes.extend_from_slice(&checksum(&body).to_le_bytes());
        bytes.extend_from_slice(&body);
        assert_eq!(bytes.len(), HEADER + body.len());
        bytes
    }

    #[test]
    fn the_first_version_is_read_as_the_latest_without_percentiles() {
        let sessions = (5..30).map(|steps| if steps % 5 == 0 { looping(steps) } else { working(steps) });
        let written = fitted(sessions.collect(), crate::ReferenceKind::DeclaredClean);
        let read = Baseline::from_bytes(&bytes(written.body())).unwrap();
        assert_eq!(read.card(), written.card());
        assert!(read.anomaly_percentiles().is_empty() && written.anomaly_percentiles().len() == 101);
        let again = Baseline::from_bytes(&read.to_bytes()).unwrap();
        assert_eq!(again.fingerprint(), read.fingerprint());
    }

    /// Its tail probabilities keep every value, so a value has a place all the same.
    #[test]
    fn a_value_stands_where_it_stands_in_the_latest_version() {
        let written = fitted((5..60).map(working).collect(), crate::ReferenceKind::DeclaredClean);
        let read = Baseline::from_bytes(&bytes(written.body())).unwrap();
        for (feature, _) in written.features() {
            let Some([low, high]) = written.usual(feature) else { continue };
            for value in [low - 1.0, 0.5 * (low + high), high + 1.0] {
                let [new, old] = [&written, &read].map(|it| it.standing(feature, value).unwrap());
                let near = (new.percentile - old.percentile).abs() <= 0.05;
                assert!(near, "{feature} at {value}: {new:?} and {old:?}");
            }
        }
    }
}
