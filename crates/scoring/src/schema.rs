//! JSON Schemas of the outputs, generated from the Rust types.

use schemars::{Schema, schema_for};

use crate::finding::{FINDING_SCHEMA, Finding};
use crate::step_row::{STEP_SCHEMA, StepRow};

/// The schema of each form of output, under its name and version.
///
/// ```
/// let names: Vec<&str> = goodhart_scoring::schemas().into_iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["goodhart.finding/1", "goodhart.step/1"]);
/// ```
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![(FINDING_SCHEMA, schema_for!(Finding)), (STEP_SCHEMA, schema_for!(StepRow))]
}

#[cfg(test)]
mod tests {
    use super::schemas;

    #[test]
    fn every_key_of_a_finding_has_a_page() {
        for (name, schema) in schemas() {
            let schema = schema.to_value();
            let properties = schema["properties"].as_object().unwrap();
            assert!(properties.values().all(|page| page["description"].is_string()), "{name}");
            assert_eq!(properties["schema"]["const"], name);
        }
    }
}
