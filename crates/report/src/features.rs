//! The feature matrix: one row a session, one column a feature, in the order of the catalog.

use std::io::{self, Write};

use goodhart_batch::SessionProfile;
use goodhart_features::FEATURES;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::lines::io_error;

/// The rows as objects, for [`json_lines`](crate::json_lines): `session_id` first, then every feature; `null` where
/// the log does not tell.
pub fn feature_rows(sessions: &[SessionProfile]) -> impl Iterator<Item = impl Serialize> {
    sessions.iter().map(Row)
}

/// Writes the matrix as CSV, `session_id` first; a cell that the log does not tell is empty.
///
/// # Errors
/// What the writer says.
pub fn features_csv(output: &mut dyn Write, sessions: &[SessionProfile]) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(output);
    let names = FEATURES.iter().map(|feature| feature.id);
    csv.write_record(std::iter::once("session_id").chain(names)).map_err(io_error)?;
    for session in sessions {
        let values = session
            .profile
            .features
            .iter()
            .map(|value| value.map_or_else(String::new, |value| value.to_string()));
        csv.write_record(std::iter::once(session.meta.session_id.clone()).chain(values)).map_err(io_error)?;
    }
    csv.flush()
}

struct Row<'a>(&'a SessionProfile);

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row(SessionProfile { meta, profile, .. }) = self;
        let mut map = serializer.serialize_map(Some(1 + FEATURES.len()))?;
        map.serialize_entry("session_id", &meta.session_id)?;
        for (feature, value) in FEATURES.iter().zip(&profile.features) {
            map.serialize_entry(feature.id, value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use goodhart_batch::SessionProfile;
    use goodhart_features::{FEATURES, Fold, Habits};
    use goodhart_scoring::SessionMeta;

    use super::{feature_rows, features_csv};

    fn session(id: &str) -> SessionProfile {
        let profile = Fold::new(&Habits::default()).into_profile().into();
        SessionProfile {
            meta: SessionMeta { session_id: id.into(), ..SessionMeta::default() },
            profile,
            replayed_events: 0,
        }
    }

    #[test]
    fn both_forms_hold_the_same_columns_in_the_same_order() {
        let sessions = [session("a"), session("b,c")];
        let mut csv = Vec::new();
        features_csv(&mut csv, &sessions).unwrap();
        let csv = String::from_utf8(csv).unwrap();
        let head: Vec<&str> = csv.lines().next().unwrap().split(',').collect();
        assert_eq!((head[0], head.len()), ("session_id", 1 + FEATURES.len()));
        assert!(csv.lines().nth(2).unwrap().starts_with("\"b,c\","));
        let json: Vec<String> =
            feature_rows(&sessions).map(|row| serde_json::to_string(&row).unwrap()).collect();
        let mut at = 0;
        for name in head {
            at += json[0][at..]
                .find(&format!("\"{name}\":"))
                .unwrap_or_else(|| panic!("{name} is out of order"));
        }
    }
}
