//! Issues by kind: how many, and one example each.

use std::collections::BTreeMap;

use goodhart_trace::{Issue, IssueKind, Position};

/// Everything that could not be used, counted. The example of a kind is the first in the order of the files.
///
/// ```
/// use goodhart_batch::IssueCounts;
///
/// assert_eq!(IssueCounts::default().total(), 0);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IssueCounts {
    kinds: BTreeMap<IssueKind, IssueCount>,
}

/// The issues of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueCount {
    /// How many.
    pub count: u64,
    /// The first of them.
    pub example: IssueExample,
}

/// One issue with the file it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IssueExample {
    /// File, as it was reached; empty for what the walk over the folders met, whose detail names the path.
    pub path: String,
    /// Line and byte; its `file` indexes the files of the scan.
    pub position: Position,
    /// The thing, the expected, the found; never content.
    pub detail: String,
}

impl IssueCounts {
    /// All issues.
    pub fn total(&self) -> u64 {
        self.kinds.values().map(|kind| kind.count).sum()
    }

    /// The kinds that were met, in the order of the manual.
    pub fn iter(&self) -> impl Iterator<Item = (IssueKind, &IssueCount)> {
        self.kinds.iter().map(|(&kind, count)| (kind, count))
    }

    pub(crate) fn add(&mut self, path: &str, issue: Issue) {
        let Issue { kind, position, detail } = issue;
        let example = || IssueExample { path: path.to_owned(), position, detail };
        self.kinds.entry(kind).or_insert_with(|| IssueCount { count: 0, example: example() }).count += 1;
    }

    /// Adds the issues of a later file.
    pub(crate) fn absorb(&mut self, later: IssueCounts) {
        for (kind, IssueCount { count, example }) in later.kinds {
            self.kinds.entry(kind).or_insert(IssueCount { count: 0, example }).count += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::{Issue, IssueKind, Position};

    use super::IssueCounts;

    #[test]
    fn the_first_of_a_kind_is_its_example() {
        let issue = |line| {
            Issue::new(
                IssueKind::NotJson,
                Position { file: 0, line, byte: 0 },
                "record: expected JSON, found text",
            )
        };
        let (mut first, mut second) = (IssueCounts::default(), IssueCounts::default());
        first.add("a", issue(3));
        first.add("a", issue(5));
        second.add("b", issue(1));
        first.absorb(second);
        let (kind, count) = first.iter().next().unwrap();
        assert_eq!((kind, count.count, count.example.path.as_str()), (IssueKind::NotJson, 3, "a"));
        assert_eq!(count.example.position.line, 3);
        assert_eq!(first.total(), 3);
    }
}
