//! Every format that is read. A new one is a file in `formats/`, its `mod` line and its line in [`FORMATS`].

use goodhart_trace::Format;

mod atif;
mod chat;
mod chat_lines;
mod chat_requests;
mod claude_code;
mod codex;
mod codex_exec;
mod mini_swe_agent;
mod openinference;
mod swe_agent;

pub use atif::Atif;
pub use chat::{Chat, ChatDocument};
pub use chat_lines::ChatLines;
pub use chat_requests::ChatRequests;
pub use claude_code::{ClaudeCode, ClaudeCodeExport};
pub use codex::Codex;
pub use codex_exec::CodexExec;
pub use mini_swe_agent::MiniSweAgent;
pub use openinference::OpenInference;
pub use swe_agent::SweAgent;

/// Every format, special ones before general ones. Sniffing asks them in this order.
pub static FORMATS: &[&dyn Format] = &[
    &claude_code::ClaudeCode,
    &claude_code::ClaudeCodeExport,
    &codex::Codex,
    &codex_exec::CodexExec,
    &openinference::OpenInference,
    &swe_agent::SweAgent,
    &mini_swe_agent::MiniSweAgent,
    &atif::Atif,
    &chat_lines::ChatLines,
    &chat_requests::ChatRequests,
    &chat::Chat,
    &chat::ChatDocument,
];

/// The format with this [`id`](Format::id).
///
/// ```
/// assert!(goodhart_readers::format("codex").is_some());
/// assert!(goodhart_readers::format("telex").is_none());
/// ```
pub fn format(id: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|format| format.id() == id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::FORMATS;

    #[test]
    fn ids_are_unique_and_titles_say_something() {
        let ids: BTreeSet<_> = FORMATS.iter().map(|format| format.id()).collect();
        assert_eq!(ids.len(), FORMATS.len());
        assert!(FORMATS.iter().all(|format| format.title().len() > 10));
    }

    #[test]
    fn every_file_of_the_folder_is_on_the_list() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/formats");
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let id = name.trim_end_matches(".rs").replace('_', "-");
            assert!(FORMATS.iter().any(|format| format.id() == id), "{name} is not in FORMATS");
        }
    }
}
