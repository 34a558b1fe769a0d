//! The body of the second version, as it was written.

use goodhart_features::{DigestKey, Habits};
use serde::Deserialize;

use crate::baseline::{self, Fitted, ReferenceKind, Row};
use crate::ensemble::Ensemble;

#[derive(Deserialize)]
pub(super) struct Body {
    schema: u64,
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

impl From<Body> for baseline::Body {
    fn from(body: Body) -> Self {
        baseline::Body {
            schema: body.schema,
            key: body.key,
            habits: body.habits,
            kind: body.kind,
            seed: body.seed,
            composition: body.composition,
            not_good_for: body.not_good_for,
            features: body.features,
            loops: body.loops.into(),
            pads: body.pads.into(),
            general: body.general.into(),
            sessions: body.sessions,
            strata: body.strata,
            rows: body.rows,
        }
    }
}
