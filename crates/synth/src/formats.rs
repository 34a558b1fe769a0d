//! The log formats: in whose form a session is written down.

use serde::Serialize;

use crate::claude_code::{self, Setting};
use crate::codex::{self, Rollout};
use crate::dice::Dice;
use crate::generate::Session;
use crate::play::Moment;
use crate::script::{Place, Turn};

/// Whose log a transcript looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Transcripts of Claude Code.
    ClaudeCode,
    /// Rollouts of the Codex CLI.
    Codex,
}

impl Format {
    /// All formats.
    pub const ALL: [Self; 2] = [Self::ClaudeCode, Self::Codex];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude-code",
            Self::Codex => "codex",
        }
    }

    /// The name in evaluation lines.
    pub fn group(self) -> &'static str {
        match self {
            Self::ClaudeCode => "claude_code",
            Self::Codex => "codex",
        }
    }
}

/// Writes the sessions of one actor.
pub(crate) struct Writer {
    agent: Agent,
    dice: Dice,
}

enum Agent {
    ClaudeCode(Setting),
    Codex(Rollout),
}

impl Writer {
    /// An agent of this kind at work in a place.
    pub(crate) fn new(format: Format, home: &Place, dice: &mut Dice) -> Self {
        let agent = match format {
            Format::ClaudeCode => Agent::ClaudeCode(Setting::new(home, dice)),
            Format::Codex => Agent::Codex(Rollout::new(home, dice)),
        };
        Self { agent, dice: dice.clone() }
    }

    /// The next session of the same actor.
    pub(crate) fn open(&mut self, place: &Place) {
        match &mut self.agent {
            Agent::ClaudeCode(setting) => *setting = setting.next(place, &mut self.dice),
            Agent::Codex(rollout) => *rollout = rollout.next(place, &mut self.dice),
        }
    }

    /// The script under the ids of the format.
    pub(crate) fn named(&self, turns: &[Turn]) -> Vec<Turn> {
        match &self.agent {
            Agent::ClaudeCode(_) => turns.to_vec(),
            Agent::Codex(rollout) => codex::named(turns, &rollout.session),
        }
    }

    /// The transcript, behind a copy of the session that it was forked from.
    pub(crate) fn write(&mut self, turns: &[Turn], moments: &[Moment], history: Option<&Session>) -> String {
        match &self.agent {
            Agent::ClaudeCode(setting) => {
                claude_code::write(turns, moments, setting, history, &mut self.dice)
            }
            Agent::Codex(rollout) => codex::write(turns, moments, rollout, history, &mut self.dice),
        }
    }

    /// The session that is being written.
    pub(crate) fn session(&self) -> &str {
        match &self.agent {
            Agent::ClaudeCode(setting) => &setting.session,
            Agent::Codex(rollout) => &rollout.session,
        }
    }

    /// The folder name of the project in Claude Code's layout: what is not alphanumeric becomes a dash.
    pub(crate) fn slug(&self) -> String {
        let cwd = match &self.agent {
            Agent::ClaudeCode(setting) => &setting.cwd,
            Agent::Codex(rollout) => &rollout.cwd,
        };
        cwd.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect()
    }

    pub(crate) fn format(&self) -> Format {
        match self.agent {
            Agent::ClaudeCode(_) => Format::ClaudeCode,
            Agent::Codex(_) => Format::Codex,
        }
    }
}
