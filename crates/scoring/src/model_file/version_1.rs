//! The body of the first version, as it was written.

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
            loops: body.loops.into(),
            pads: body.pads.into(),
            general: body.general.into(),
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
        ensemble::Ensemble { flatten, members, unify, percentiles: Vec::new() }
    }
}
