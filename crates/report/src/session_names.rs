//! Short names of sessions that still tell them apart.

use std::collections::{BTreeMap, BTreeSet};

/// The sessions of a scan, by name.
///
/// A name may be shortened part by part, where a `/` divides a sub-agent from its session: `0250/agent-7` is any session
/// of two parts that begin like this, and never the session `0250…` itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionNames {
    /// By their first part, since a shortened name always begins with some of it.
    ids: BTreeMap<String, BTreeSet<String>>,
}

/// Characters of each part of a short name at least.
const SHORT: usize = 8;

impl SessionNames {
    /// From all session ids of a scan.
    pub fn new<'a>(ids: impl IntoIterator<Item = &'a str>) -> Self {
        let mut names = SessionNames::default();
        for id in ids {
            names.ids.entry(first_part(id).to_owned()).or_default().insert(id.to_owned());
        }
        names
    }

    /// The shortest name, of eight characters a part on, that no other session answers to. Up to sixteen characters are
    /// short enough as they are.
    ///
    /// ```
    /// use goodhart_report::SessionNames;
    ///
    /// let ids = ["02504921-76dd-01d2", "02504921-77ff-01d2", "02504921-77ff-01d2/agent-a1b2c3", "nightly"];
    /// let names = SessionNames::new(ids);
    /// assert_eq!(ids.map(|id| names.short(id)), ["02504921-76", "02504921-77", "02504921/agent-a1", "nightly"]);
    /// ```
    pub fn short(&self, id: &str) -> String {
        if id.chars().count() <= 2 * SHORT {
            return id.to_owned();
        }
        let longest = id.split('/').map(|part| part.chars().count()).max().unwrap_or(0);
        let names = (SHORT..longest).map(|length| shortened(id, length));
        { names }.find(|name| self.answering(name).nth(1).is_none()).unwrap_or_else(|| id.to_owned())
    }

    /// The ids that a shortened name may stand for, in order.
    pub fn answering<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let first = first_part(name);
        let alike = self.ids.range(first.to_owned()..).take_while(move |(part, _)| part.starts_with(first));
        alike.flat_map(|(_, ids)| ids).map(String::as_str).filter(move |id| answers(id, name))
    }
}

fn first_part(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}

fn shortened(id: &str, length: usize) -> String {
    let parts = id.split('/').map(|part| part.chars().take(length).collect::<String>());
    parts.collect::<Vec<_>>().join("/")
}

fn answers(id: &str, name: &str) -> bool {
    let same_depth = id.matches('/').count() == name.matches('/').count();
    same_depth && id.split('/').zip(name.split('/')).all(|(part, start)| part.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::SessionNames;

    #[test]
    fn a_session_and_its_sub_agents_do_not_stand_in_each_others_way() {
        let ids = [
            "02504921-76dd-4630",
            "02504921-76dd-4630/agent-1",
            "02504921-76dd-4630/agent-2",
            "02504921-76ff-4630/agent-1",
        ];
        let names = SessionNames::new(ids);
        let short = ids.map(|id| names.short(id));
        assert_eq!(short, ["02504921", "02504921-76d/agent-1", "02504921/agent-2", "02504921-76f/agent-1"]);
        for (id, short) in ids.into_iter().zip(&short) {
            assert_eq!(names.answering(short).collect::<Vec<_>>(), [id]);
        }
        assert_eq!(names.answering("025/a").count(), 3);
        assert_eq!(names.answering("0").collect::<Vec<_>>(), [ids[0]]);
    }

    #[test]
    fn ids_are_cut_between_characters() {
        let long = "ä".repeat(20);
        assert_eq!(SessionNames::new([long.as_str()]).short(&long), "ääääääää");
        assert_eq!(SessionNames::new([""]).short(""), "");
    }
}
