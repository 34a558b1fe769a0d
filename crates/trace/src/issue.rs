//! What a reader could not use, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Position;

/// One thing in the input that could not be used as it stands. Reading goes on.
///
/// `detail` names the thing, what was expected and what was found; it never quotes content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// What kind of trouble.
    pub kind: IssueKind,
    /// Where.
    pub position: Position,
    /// The thing, the expected, the found: `usage.output_tokens: expected a count, found a string`.
    pub detail: String,
}

impl Issue {
    /// An issue at a position.
    pub fn new(kind: IssueKind, position: Position, detail: impl Into<String>) -> Self {
        Issue { kind, position, detail: detail.into() }
    }
}

impl fmt::Display for Issue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Position { line, byte, .. } = self.position;
        write!(f, "line {line}, byte {byte}: {}: {}", self.kind.id(), self.detail)
    }
}

macro_rules! issue_kinds {
    ($($variant:ident $id:literal $meaning:literal $effect:literal;)*) => {
        /// Kinds of trouble in the input; `docs/issues.md` is printed from this list.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        #[non_exhaustive]
        pub enum IssueKind { $(#[doc = $meaning] $variant,)* }

        impl IssueKind {
            /// Every kind, in the order of the manual.
            pub const ALL: &'static [IssueKind] = &[$(IssueKind::$variant,)*];

            /// Stable name, as printed.
            pub fn id(self) -> &'static str {
                match self { $(IssueKind::$variant => $id,)* }
            }

            /// What was met, in one sentence.
            pub fn meaning(self) -> &'static str {
                match self { $(IssueKind::$variant => $meaning,)* }
            }

            /// What becomes of it, in one sentence.
            pub fn effect(self) -> &'static str {
                match self { $(IssueKind::$variant => $effect,)* }
            }
        }
    };
}

issue_kinds! {
    Unreadable "unreadable" "A file or folder could not be opened or read." "What was read before the failure counts; the rest is left out.";
    EmptyFile "empty-file" "A file holds nothing but white space." "It is left out.";
    UnknownFormat "unknown-format" "No reader recognises the content." "The file is left out; formats are never guessed.";
    Binary "binary" "The content is not text and no known compression." "The file is left out.";
    UnsupportedContainer "unsupported-container" "A container that no reader opens (zip, SQLite, protobuf)." "The file is left out.";
    BadCompression "bad-compression" "A gzip or zstd stream is damaged or cut short." "What was decompressed before the damage counts.";
    TooLarge "too-large" "Decompressed content exceeds a cap of size or of expansion, or a format that is one JSON value its own." "Reading of the file stops at the cap.";
    LongRecord "long-record" "A line exceeds the cap on line length." "The line is skipped.";
    CutRecord "cut-record" "The last line of a file is incomplete." "The line is skipped; the file may still be written to.";
    NotUtf8 "not-utf8" "A record is not valid UTF-8." "The record is skipped.";
    NulBytes "nul-bytes" "A line holds NUL bytes instead of a record." "The line is skipped.";
    NotJson "not-json" "A record is not valid JSON, or nested too deeply." "The record is skipped.";
    NotAnObject "not-an-object" "A record is JSON, but not an object." "The record is skipped.";
    UnknownRecord "unknown-record" "A kind of record that this reader does not know." "The record is skipped.";
    UnknownBlock "unknown-block" "A kind of content block that this reader does not know." "The block is skipped; the rest of the record counts.";
    WrongType "wrong-type" "A field has another JSON type than the format gives it." "The field counts as absent.";
    BadCount "bad-count" "A token count is negative, fractional or too large." "The count is taken as 0.";
    BadTime "bad-time" "A time stamp cannot be read, or lies outside the years 1970 to 9999." "The time counts as absent.";
    MissingField "missing-field" "A record lacks a field without which it has no meaning." "The record is skipped.";
    BadArguments "bad-arguments" "The arguments of a call are announced as JSON and are not." "They are kept as raw text.";
    OrphanResult "orphan-result" "A result refers to a call that the session does not contain." "Its text is remembered as context; it belongs to no step.";
    DuplicateId "duplicate-id" "Two records of one session carry the same id with different content." "The first one counts.";
    LinkCycle "link-cycle" "A folder is reached a second time over a link." "It is walked once.";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::IssueKind;

    #[test]
    fn ids_are_unique_and_equal_their_serialised_names() {
        let ids: BTreeSet<_> = IssueKind::ALL.iter().map(|kind| kind.id()).collect();
        assert_eq!(ids.len(), IssueKind::ALL.len());
        for kind in IssueKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.id());
        }
    }
}
