//! A few detectors over some features, one number: how strange a feature row is beside the reference, in [0, 1].
//!
//! An axis looks at the features that speak for it, with their benign side flattened, so that unusually little
//! looping is no anomaly. The general ensemble looks at every scored feature, and either side is strange.

use std::sync::OnceLock;

use goodhart_detectors::{Detector, Flatten, Model, TailProbability, Unify, mean_shares};
use goodhart_features::{FEATURES, Profile};
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// The fitted detectors.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Ensemble {
    pub(crate) flatten: Option<Flatten>,
    pub(crate) members: Vec<Model>,
    pub(crate) unify: Unify,
    /// Percentiles of the strangeness of the rows that it was fitted on; none where they are not known.
    pub(crate) percentiles: Vec<f64>,
    /// Index of each column among the features of this build, looked up once.
    #[serde(skip)]
    pub(crate) places: OnceLock<Vec<usize>>,
}

impl Ensemble {
    /// How strange a profile is, in [0, 1]: .5 is the middle of the reference.
    pub(crate) fn strangeness(&self, profile: &Profile) -> f64 {
        self.strangeness_of(&self.row(profile))
    }

    fn strangeness_of(&self, row: &[f64]) -> f64 {
        let scores: Vec<f64> = self.members.iter().map(|member| member.score_one(row)).collect();
        self.unify.anomaly(&scores).unwrap_or(0.5)
    }

    /// What made it strange: features by their index with their share, which sum to 1, or none at all. A detector
    /// splits its score exactly over the columns; the share is that of the terms that made the row stranger, averaged
    /// over the detectors.
    pub(crate) fn shares(&self, profile: &Profile) -> Vec<(usize, f64)> {
        let row = self.row(profile);
        let terms = self.members.iter().map(|member| (member.explain(&row), 1.0));
        self.places().zip(mean_shares(row.len(), terms)).collect()
    }

    /// How far each value lies from what the profile's other values let expect, in deviations, by the index of the feature; none
    /// when no detector knows how the features go together.
    pub(crate) fn combination(&self, profile: &Profile) -> Vec<(usize, f64)> {
        let row = self.row(profile);
        let known = self.members.iter().find_map(|member| member.combination(&row));
        self.places().zip(known.unwrap_or_default()).collect()
    }

    /// Median of the reference and the share of it below a value, ties half, in [0, 1]; as far as a detector keeps them.
    pub(crate) fn standing(&self, feature: &str, value: f64) -> Option<[f64; 2]> {
        let column = self.columns().position(|name| name == feature)?;
        let tails = self.members.iter().find_map(|member| member.downcast_ref::<TailProbability>())?;
        let median = tails.schema().medians()[column];
        let tail = 0.5 * tails.p_value(column, value)?;
        Some([median, if value < median { tail } else { 1.0 - tail }])
    }

    /// Names of its detectors.
    pub(crate) fn detectors(&self) -> Vec<&'static str> {
        self.members.iter().map(Model::name).collect()
    }

    /// Names of the columns.
    pub(crate) fn columns(&self) -> impl Iterator<Item = &str> {
        self.members
            .iter()
            .take(1)
            .flat_map(|member| member.schema().columns())
            .map(|column| column.name.as_str())
    }

    /// Whether the parts fit each other.
    ///
    /// # Errors
    /// [`Error::Stored`] when they do not.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let names: Vec<&str> = self.columns().collect();
        let same = |schema: &goodhart_detectors::Schema| {
            schema.columns().iter().map(|c| c.name.as_str()).eq(names.iter().copied())
        };
        let schemas =
            self.members.iter().map(Detector::schema).chain(self.flatten.iter().map(Flatten::schema));
        let ordered = self.percentiles.is_sorted() && self.percentiles.iter().all(|p| p.is_finite());
        let unified = self.unify.mean_z(&vec![0.0; self.members.len()]).is_ok();
        if !names.is_empty() && ordered && unified && { schemas }.all(same) {
            return Ok(());
        }
        let found = format!("{} members over {} columns that differ", self.members.len(), names.len());
        Err(Error::Stored { what: "ensemble", expected: "detectors over the same columns", found })
    }

    /// The features in the order of the columns; NaN is unavailable.
    fn row(&self, profile: &Profile) -> Vec<f64> {
        let value = |place: usize| profile.features.get(place).copied().flatten().unwrap_or(f64::NAN);
        let mut row: Vec<f64> = self.places().map(value).collect();
        if let Some(flatten) = &self.flatten {
            flatten.apply_row(&mut row);
        }
        row
    }

    /// Index of each column among the features of this build.
    fn places(&self) -> impl Iterator<Item = usize> {
        let place = |name: &str| FEATURES.iter().position(|feature| feature.id == name);
        let look_up = || self.columns().map(|name| place(name).unwrap_or(usize::MAX)).collect();
        self.places.get_or_init(look_up).iter().copied()
    }
}

#[cfg(feature = "linfa")]
mod fit {
    use std::sync::OnceLock;

    use goodhart_detectors::{Column, Detector, Flatten, Model, Table, Unify};
    use goodhart_features::{Axis, Direction, FEATURES, Feature, Profile};

    use super::Ensemble;
    use crate::detectors::Detectors;
    use crate::error::Error;
    use crate::quantiles::percentiles;

    impl Ensemble {
        /// Fits the detectors of an axis on the features that speak for it.
        ///
        /// # Errors
        /// [`Error::Detector`] without profiles.
        pub(crate) fn fit_axis(
            profiles: &[&Profile],
            axis: Axis,
            detectors: &Detectors,
            seed: u64,
        ) -> Result<Self, Error> {
            let table = table(profiles, |feature| axis_column(feature, axis))?;
            let flatten = Flatten::fit(&table)?;
            Ensemble::fit(&flatten.apply(&table)?, Some(flatten), detectors, seed)
        }

        /// Fits the detectors over every scored feature.
        ///
        /// # Errors
        /// [`Error::Detector`] without profiles.
        pub(crate) fn fit_general(
            profiles: &[&Profile],
            detectors: &Detectors,
            seed: u64,
        ) -> Result<Self, Error> {
            Ensemble::fit(&table(profiles, general_column)?, None, detectors, seed)
        }

        fn fit(
            table: &Table,
            flatten: Option<Flatten>,
            detectors: &Detectors,
            seed: u64,
        ) -> Result<Self, Error> {
            let fit = |name: &str| Model::fit(name, table, seed);
            let members = detectors.names().map(fit).collect::<Result<Vec<_>, _>>()?;
            let score = |member: &Model| Ok(member.score_table(table)?.to_vec());
            let scores = members.iter().map(score).collect::<Result<Vec<Vec<f64>>, Error>>()?;
            let unify = Unify::fit(&scores)?;
            let row = |row: usize| scores.iter().map(|scores| scores[row]).collect::<Vec<f64>>();
            let strangeness = (0..table.n_rows()).map(|index| unify.anomaly(&row(index)));
            let strangeness = strangeness.collect::<Result<Vec<f64>, _>>()?;
            let percentiles = percentiles(strangeness.into_iter().map(|value| (value, 1.0)).collect());
            Ok(Ensemble { flatten, members, unify, percentiles, places: OnceLock::new() })
        }
    }

    fn axis_column(feature: &Feature, axis: Axis) -> Option<Column> {
        let direction = match axis {
            Axis::Loop => feature.looping,
            Axis::Padding => feature.padding,
        };
        match direction {
            Direction::Higher => Some(Column::higher(feature.id)),
            Direction::Lower => Some(Column::lower(feature.id)),
            Direction::Neutral => None,
        }
    }

    /// Features that speak for either axis; volume, clock and the like speak for none.
    fn general_column(feature: &Feature) -> Option<Column> {
        let neutral = feature.looping == Direction::Neutral && feature.padding == Direction::Neutral;
        (!neutral).then(|| Column::both(feature.id))
    }

    fn table(profiles: &[&Profile], column: impl Fn(&Feature) -> Option<Column>) -> Result<Table, Error> {
        let (places, columns): (Vec<usize>, Vec<Column>) = FEATURES
            .iter()
            .enumerate()
            .filter_map(|(place, feature)| Some((place, column(feature)?)))
            .unzip();
        let row = |profile: &&Profile| places.iter().map(|&place| profile.features[place]).collect();
        let rows: Vec<Vec<Option<f64>>> = profiles.iter().map(row).collect();
        Ok(Table::from_options(columns, &rows)?)
    }

    #[cfg(test)]
    mod tests {
        use goodhart_features::{Axis, FEATURES, Profile};
        use goodhart_trace::build::{Session, session};

        use super::{axis_column, general_column};
        use crate::Detectors;
        use crate::ensemble::Ensemble;
        use crate::testing::{profile, work};

        const POPULATION: usize = 200;

        /// A session of so many steps of work, some of which come again now and then.
        fn honest(n: usize) -> Profile {
            let step = |session: Session, i: usize| match (i + n) % (4 + n % 6) {
                0 => session.call("Bash", r#"{"command":"git status"}"#).result("on branch main, clean"),
                _ => work(session, i + n),
            };
            profile(session("honest").prompt("write the parsers").repeat(10 + n * 7 % 50, step))
        }

        /// The same waste in every session: a little work, then one call again and again.
        fn planted(n: usize) -> Profile {
            let again = |session: Session, _| {
                session.call("Bash", r#"{"command":"ci status"}"#).result("no runs found")
            };
            profile(session("planted").prompt("go on").repeat(n % 8, work).repeat(20 + n % 15, again))
        }

        /// Share of the pairs of a planted and an honest session in which the planted one is stranger.
        fn area(planted: &[f64], honest: &[f64]) -> f64 {
            let won = planted.iter().flat_map(|p| honest.iter().map(move |h| (p, h)));
            let won =
                won.map(|(p, h)| f64::from(u8::from(p > h)) + 0.5 * f64::from(u8::from(p == h))).sum::<f64>();
            won / (planted.len() * honest.len()) as f64
        }

        /// Identical waste is dense, not sparse: a detector that looks for the rare takes it for the usual once there is enough of
        /// it. The model is fitted on the very population in which it looks. The tails' direction keeps the pair at
        /// 1; the five and the three lose a little at two in five.
        #[test]
        fn one_loop_in_a_hundred_and_two_in_five_are_both_ranked_above_honest_work() {
            for (names, least) in [("pair", 0.99), ("ensemble", 0.9), ("cheap", 0.9)] {
                let detectors: Detectors = names.parse().unwrap();
                for share in [1, 5, 20, 40] {
                    let loops = POPULATION * share / 100;
                    let profiles: Vec<Profile> =
                        (0..loops).map(planted).chain((loops..POPULATION).map(honest)).collect();
                    let borrowed: Vec<&Profile> = profiles.iter().collect();
                    let model = Ensemble::fit_axis(&borrowed, Axis::Loop, &detectors, 1).unwrap();
                    let scores: Vec<f64> =
                        profiles.iter().map(|profile| model.strangeness(profile)).collect();
                    let area = area(&scores[..loops], &scores[loops..]);
                    assert!(area >= least, "{detectors}: {share} % planted: area {area}");
                }
            }
        }

        #[test]
        fn structure_is_in_no_ensemble() {
            for feature in FEATURES.iter().filter(|feature| feature.family == "structure") {
                let columns = [
                    axis_column(feature, Axis::Loop),
                    axis_column(feature, Axis::Padding),
                    general_column(feature),
                ];
                assert_eq!(columns, [None, None, None], "{}", feature.id);
            }
        }
    }
}
