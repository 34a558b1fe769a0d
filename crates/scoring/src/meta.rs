//! What is known of a session beside its steps: who, with what, from which files.

use goodhart_trace::Event;
use serde::{Deserialize, Serialize};

/// The names around one session, collected while its events go by.
///
/// The first word of the source on each of them counts. Files are numbered by the reader; whoever knows their names
/// sets them with [`SessionMeta::name_files`].
///
/// ```
/// use goodhart_scoring::SessionMeta;
/// use goodhart_trace::Event;
///
/// let mut meta = SessionMeta::default();
/// meta.observe(&Event { session: "s-1".into(), agent: Some("claude-code".into()), ..Event::default() });
/// meta.name_files(|_| "projects/a/5f0c.jsonl".to_owned());
/// assert_eq!((meta.session_id.as_str(), meta.stratum()), ("s-1", "claude-code"));
/// assert_eq!(meta.files, ["projects/a/5f0c.jsonl"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionMeta {
    /// The session.
    pub session_id: String,
    /// The session that started it.
    pub parent_session_id: Option<String>,
    /// Who ran it, as the source names them or as a pseudonym.
    pub actor: Option<String>,
    /// The program that wrote the log.
    pub agent: Option<String>,
    /// The version of that program when the session began.
    pub agent_version: Option<String>,
    /// The format of the log; readers know it, events do not.
    pub format: Option<String>,
    /// Numbers of the files it was read from, in the order in which they were met.
    pub file_numbers: Vec<u32>,
    /// Their names, in the same order; positions in a finding index this list.
    pub files: Vec<String>,
    /// Issues met in these files.
    pub issues: u64,
}

impl SessionMeta {
    /// Takes from an event of the session what is not known yet.
    pub fn observe(&mut self, event: &Event<'_>) {
        if self.session_id.is_empty() {
            self.session_id.push_str(&event.session);
        }
        learn(&mut self.parent_session_id, event.parent.as_deref());
        learn(&mut self.actor, event.actor.as_deref());
        learn(&mut self.agent, event.agent.as_deref());
        learn(&mut self.agent_version, event.agent_version.as_deref());
        if !self.file_numbers.contains(&event.position.file) {
            self.file_numbers.push(event.position.file);
        }
    }

    /// Names the files by their numbers.
    pub fn name_files(&mut self, name: impl Fn(u32) -> String) {
        self.files = self.file_numbers.iter().map(|&number| name(number)).collect();
    }

    /// The group of sessions that this one is compared with first: those of the same agent. Empty when unknown.
    pub fn stratum(&self) -> &str {
        self.agent.as_deref().unwrap_or_default()
    }

    /// Index in [`SessionMeta::files`] of a file that the reader numbered; `None` for a file of other sessions.
    pub fn file_index(&self, number: u32) -> Option<u32> {
        self.file_numbers.iter().position(|&known| known == number).map(|index| index as u32)
    }
}

fn learn(known: &mut Option<String>, told: Option<&str>) {
    if known.is_none() {
        *known = told.map(str::to_owned);
    }
}

#[cfg(test)]
mod tests {
    use goodhart_trace::{Event, Position};

    use super::SessionMeta;

    #[test]
    fn the_first_word_counts_and_files_are_listed_once() {
        let mut meta = SessionMeta::default();
        for (agent, version, file) in
            [(None, None, 7), (Some("codex"), Some("0.95.0"), 7), (Some("other"), Some("1"), 3)]
        {
            let position = Position { file, ..Position::default() };
            let agent = agent.map(Into::into);
            meta.observe(&Event {
                session: "a/b".into(),
                parent: Some("a".into()),
                agent,
                agent_version: version.map(Into::into),
                position,
                ..Event::default()
            });
        }
        assert_eq!((meta.stratum(), meta.parent_session_id.as_deref()), ("codex", Some("a")));
        assert_eq!(meta.agent_version.as_deref(), Some("0.95.0"));
        assert_eq!(meta.file_numbers, [7, 3]);
        assert_eq!((meta.file_index(3), meta.file_index(4)), (Some(1), None));
    }

    #[test]
    fn an_unknown_agent_has_no_stratum_of_its_own() {
        assert_eq!(SessionMeta::default().stratum(), "");
    }
}
