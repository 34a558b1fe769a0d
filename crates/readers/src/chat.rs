//! Chat messages in every dialect, and what all containers of them have in common: sessions, lines and proxy logs.

pub(crate) mod bodies;
pub(crate) mod compaction;
pub(crate) mod dialects;
pub(crate) mod history;
pub(crate) mod message;
pub(crate) mod shape;
pub(crate) mod talk;
pub(crate) mod text_protocol;
pub(crate) mod tokens;
