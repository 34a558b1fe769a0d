//! What remains of the arguments of a call: one hash per leaf, a canonical identity, and a bag of words.

use std::borrow::Cow;
use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wide::u8x16;

use crate::additions::Additions;
use crate::condition::is_decided;
use crate::editor;
use crate::hash::{DigestKey, PieceHash, mix, upper};
use crate::hollow::Hollow;
use crate::kinds::Kinds;
use crate::patch::Patch;
use crate::places::{Windows, are, places};
use crate::sample::{Gather, Mark, Sample};
use crate::script;
use crate::text::{Text, is_prose, report};
use crate::tokens::{Masked, TokenClass, classify, each_word, mask};
use crate::tree::Tree;
use crate::tuning::{DRAFT_WORDS, MESSAGE_BYTES, PROSE_BYTES, PROSE_LETTERS, REPORT_BYTES, SAID_BYTES};
use crate::undo::{Command, Record, names, stem};

/// Digest of the arguments of one call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Arguments {
    /// UTF-8 bytes as logged.
    pub bytes: u64,
    /// Words of all leaves that count.
    pub words: u64,
    /// Identity: equal for arguments that differ in key order or in fields without effect only.
    pub canonical: u64,
    /// The question that the call puts: like [`Arguments::canonical`], with numbers, times and ids masked in whatever
    /// is not a path. `sleep 60; status 7` and `sleep 90; status 7` put the same one.
    pub question: u64,
    /// The leaves, those with a role first, in the order of their paths; at most [`Arguments::LEAVES`].
    pub leaves: Vec<Leaf>,
    /// Words of the leaves, numbers as they stand: `{"task":3}` is not `{"task":4}`.
    pub tokens: Sample,
    /// Share of the lines that an edit adds which change nothing that a program does, in [0, 1].
    pub hollow: f64,
    /// Comments of an edit that adds nothing else.
    pub(crate) remarks: u64,
    /// Lines that an edit adds to what is there, each with its file.
    pub(crate) added: Sample,
    /// The longest leaf that is prose and no part of a list.
    prose: Option<Prose>,
    /// The call says something to somebody.
    pub(crate) speaks: bool,
    /// They say how long something takes, and no more.
    pub(crate) lasts: bool,
    /// An edit that leaves some of the file.
    keeps: bool,
    /// Hashed names of the path that an edit changes, the file first; of no other call.
    pub(crate) names: Vec<u32>,
    /// Hashed word by which later calls can be told to use the file of an edit.
    pub(crate) stem: Option<u32>,
    /// Hashed names of what a command throws away.
    pub(crate) thrown_away: Vec<u32>,
    /// What a command does to recorded work.
    pub(crate) record: Record,
}

/// Prose in the arguments of a call.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Prose {
    bytes: usize,
    /// It stands where an edit has its text.
    content: bool,
    pub(crate) words: u64,
    /// Four neighbouring words each.
    pub(crate) phrases: Sample,
    /// Words of a message, as those of a report.
    pub(crate) said: Option<Sample>,
}

/// One leaf of the arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Leaf {
    /// Hash of the path of keys; positions in lists do not count.
    pub path: u64,
    /// Hash of the value.
    pub value: u64,
    /// Hash of the value with numbers, times and ids masked; of the value itself for a path.
    pub masked: u64,
    /// What the value looks like.
    pub class: TokenClass,
    /// UTF-8 bytes of the value.
    pub length: u64,
    /// What the leaf is to a call, where its name says so.
    pub role: Option<Role>,
}

/// Leaves with a meaning that every agent gives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Role {
    /// What the call is about: a file, a directory, an address.
    Object,
    /// Text that an edit removes.
    Removed,
    /// Text that an edit or a write adds.
    Added,
    /// A plan item that is done.
    Closed,
}

/// Keys that describe or bound a call without changing what it does; they vary while nothing else does. All keys stand
/// here in small letters without what joins words: `file_path`, `filePath` and `FilePath` are one.
const WITHOUT_EFFECT: &[&str] = &[
    "activeform",
    "description",
    "explanation",
    "justification",
    "maxoutputtokens",
    "purpose",
    "reason",
    "reasoning",
    "securityrisk",
    "summary",
    "taskprogress",
    "thought",
    "timeout",
    "timeoutms",
    "toolsummary",
    "toolusepurpose",
    "yieldtimems",
];

const OBJECT: &[&str] = &[
    "absolutepath",
    "file",
    "filename",
    "filepath",
    "notebookpath",
    "path",
    "paths",
    "relativeworkspacepath",
    "targetfile",
    "uri",
    "url",
];

/// Where a call runs: part of its identity, but not of what it is about.
const PLACES: &[&str] = &["cwd", "workdir", "workingdirectory"];
const REMOVED: &[&str] = &["old", "oldcontent", "oldstr", "oldstring", "oldtext", "targetcontent"];
const ADDED: &[&str] = &[
    "codeedit",
    "content",
    "contents",
    "filetext",
    "new",
    "newcontent",
    "newsource",
    "newstr",
    "newstring",
    "newtext",
    "patch",
    "replacementcontent",
];

/// A program that an interpreter is given.
const PROGRAM: &[&str] = &["code", "script"];

impl Arguments {
    /// Leaves that are kept at most; further ones count in the identity and the words.
    pub const LEAVES: usize = 32;
    /// Words that the sample holds at most.
    pub const SAMPLE: usize = 64;

    /// Longest JSON that is read by its leaves, in bytes: a tree takes dozens of times the memory of its text.
    pub const LONGEST: usize = 4 << 20;

    /// Digests arguments: JSON by its leaves, anything else as one leaf of text.
    pub fn new(raw: &str, key: DigestKey) -> Self {
        let json = Some(raw).filter(|raw| raw.len() <= Self::LONGEST);
        let tree = json.and_then(|raw| Tree::read(raw).or_else(|| editor::read(raw)));
        let mut reading = Reading::new(key);
        match &tree {
            Some(tree) => reading.walk(tree, 0, None),
            None => reading.leaf(raw, 0, None),
        }
        reading.finish(raw.len() as u64)
    }

    /// Whether the call changes a file, going by the names of its leaves.
    pub fn edits(&self) -> bool {
        self.role(Role::Added).or(self.role(Role::Removed)).is_some()
    }

    /// The file that the call writes whole, by its hashed name.
    pub(crate) fn written_whole(&self) -> Option<u32> {
        self.names.first().copied().filter(|_| !self.keeps)
    }

    /// Whether the call puts a long text in the place of what was there, whatever it was.
    pub(crate) fn overwrites(&self) -> bool {
        !self.keeps && self.words >= DRAFT_WORDS
    }

    /// The same arguments of a call that says its text to somebody: no edit, however the text is called.
    pub(crate) fn said(mut self) -> Self {
        for leaf in self.leaves.iter_mut().filter(|leaf| leaf.role == Some(Role::Added)) {
            leaf.role = None;
        }
        Arguments {
            speaks: true,
            hollow: 0.0,
            remarks: 0,
            added: Sample::default(),
            names: Vec::new(),
            stem: None,
            ..self
        }
    }

    /// The same arguments of a call that makes a thing: the call is a draft of whatever they name.
    pub(crate) fn made(mut self) -> Self {
        self.names.extend(self.leaves.iter().filter_map(Leaf::name));
        self
    }

    /// The same arguments of a call that removes a thing, where they do no more than name it; `tool` is what they name beside
    /// it, where they are passed on.
    pub(crate) fn removed(mut self, tool: u64) -> Self {
        let mut told = self.leaves.iter().filter(|leaf| leaf.class != TokenClass::Flag && leaf.value != tool);
        if let (Some(leaf), None) = (told.next(), told.next()) {
            self.thrown_away.extend(leaf.is_short().then(|| upper(leaf.value)));
        }
        self
    }

    /// The same arguments of a call that lets time pass and says no more than for how long.
    pub(crate) fn waited(self) -> Self {
        Arguments { canonical: self.question, tokens: Sample::default(), ..self }
    }

    /// What a call says to somebody. A few words, or the content of something, are said only where the tool speaks.
    pub(crate) fn prose(&self) -> Option<&Prose> {
        self.prose.as_ref().filter(|prose| self.speaks || (!prose.content && prose.bytes >= PROSE_BYTES))
    }

    /// Whether they name one of these things.
    pub(crate) fn name_one_of(&self, names: &[u32]) -> bool {
        self.leaves.iter().filter(|leaf| leaf.is_short()).any(|leaf| names.contains(&upper(leaf.value)))
    }

    /// Identity of the edit that the call makes, and of the edit that would take it back.
    pub(crate) fn change(&self) -> Option<[u64; 2]> {
        let value = |role| self.role(role).map(|leaf| leaf.value);
        let (added, removed) = (value(Role::Added), value(Role::Removed));
        added.or(removed)?;
        let (object, added, removed) =
            (value(Role::Object).unwrap_or(0), added.unwrap_or(0), removed.unwrap_or(0));
        Some([mix(object, mix(removed, added)), mix(object, mix(added, removed))])
    }

    /// The leaf with a role, the first in path order.
    pub fn role(&self, role: Role) -> Option<&Leaf> {
        self.leaves.iter().find(|leaf| leaf.role == Some(role))
    }
}

impl Leaf {
    /// The value as a name of a thing: short, and neither a number nor a flag.
    fn name(&self) -> Option<u32> {
        let is_name = self.is_short() && !matches!(self.class, TokenClass::Number | TokenClass::Flag);
        is_name.then(|| upper(self.value))
    }

    fn is_short(&self) -> bool {
        self.length <= NAME_BYTES
    }
}

/// Bytes of the longest name.
const NAME_BYTES: u64 = 100;

struct Reading<'a> {
    key: DigestKey,
    hash: PieceHash,
    leaves: Vec<Leaf>,
    tokens: Gather,
    words: u64,
    hollow: Hollow,
    additions: Additions<'a>,
    prose: Option<Prose>,
    keeps: bool,
    /// Leaves that say how long something takes.
    durations: usize,
    /// Lists around the leaf that is read.
    lists: u32,
    object: Option<Cow<'a, str>>,
    command: Command,
}

impl<'a> Reading<'a> {
    fn new(key: DigestKey) -> Self {
        Reading {
            key,
            hash: PieceHash::new(key),
            leaves: Vec::new(),
            tokens: Gather::new(Arguments::SAMPLE),
            words: 0,
            hollow: Hollow::default(),
            additions: Additions::default(),
            prose: None,
            keeps: false,
            durations: 0,
            lists: 0,
            object: None,
            command: Command::default(),
        }
    }

    fn walk(&mut self, tree: &'a Tree<'a>, path: u64, name: Option<&str>) {
        match tree {
            Tree::Fields(fields) => self.fields(fields, path),
            Tree::List(items) => {
                self.lists += 1;
                items.iter().for_each(|item| self.walk(item, path, name));
                self.lists -= 1;
            }
            Tree::Text(text) => self.leaf(text, path, name),
            Tree::Scalar(scalar) => self.scalar(scalar, path, name),
            Tree::Null => (),
        }
    }

    fn fields(&mut self, fields: &'a [(Cow<'a, str>, Tree<'a>)], path: u64) {
        for (name, value) in fields {
            let key = plain(name);
            if !WITHOUT_EFFECT.contains(&&*key) {
                self.walk(value, mix(path, self.key.hash(name.as_bytes())), Some(&key));
            }
        }
    }

    /// Text: its words count wherever they stand.
    fn leaf(&mut self, text: &'a str, path: u64, name: Option<&str>) {
        let (normal, patch) = (Normal::new(text), Patch::read(text));
        let role = name.and_then(|name| role(name, text)).filter(|_| patch.is_none());
        let script = if patch.is_none() && role.is_none() { script(text, name) } else { None };
        match script.as_ref().filter(|script| !script.program.is_empty()) {
            Some(script) => self.read_words(&Normal::new(&script.program)),
            None if name.is_some_and(|name| PLACES.contains(&name)) => (),
            None => self.read_words(&normal),
        }
        if let Some(patch) = patch {
            return self.patch(patch, path);
        }
        self.command.read(text, self.key);
        self.read_prose(text, &normal, role);
        self.push(text, &normal, path, role);
        self.edit(Cow::Borrowed(text), role);
        if name.is_some_and(|name| PROGRAM.contains(&name)) {
            self.hollow.run(text);
        }
        // What it writes into files is an edit beside what it is as a text.
        script.into_iter().for_each(|script| self.patch(script, path));
    }

    /// A plan is a list, and is written again whenever it moves.
    fn read_prose(&mut self, text: &str, normal: &Normal<'_>, role: Option<Role>) {
        let known = self.prose.as_ref().map_or(0, |prose| prose.words);
        let may_be_said = role.is_none_or(|role| role == Role::Added && text.len() <= REPORT_BYTES);
        if may_be_said && self.lists == 0 && text.len() >= SAID_BYTES && is_prose(text, PROSE_LETTERS) {
            let Text { words, phrases, .. } = Text::of_phrases(&normal.text, &normal.kinds, self.hash);
            if words > known {
                let (bytes, content) = (text.len(), role.is_some());
                let said = (bytes <= MESSAGE_BYTES).then(|| report(&normal.text, &normal.kinds, self.hash));
                self.prose = Some(Prose { bytes, content, words, phrases, said });
            }
        }
    }

    fn read_words(&mut self, normal: &Normal<'_>) {
        each_word(&normal.text, &normal.kinds, |word| self.word(&normal.text, word));
    }

    #[inline]
    fn word(&mut self, text: &str, word: Range<usize>) {
        self.tokens.push(Mark { hash: self.hash.mark(text.as_bytes(), word), weight: 1 });
        self.words += 1;
    }

    /// A patch counts by its parts, as the arguments of an edit do. The lines of a program that makes the change tell it
    /// from others, and are no lines of the file.
    fn patch(&mut self, Patch { object, removed, added, program, keeps }: Patch, path: u64) {
        self.keeps |= keeps;
        if !object.is_empty() {
            self.part(&object, path, Role::Object);
            self.edit(Cow::Owned(object), Some(Role::Object));
        }
        // Hardly ever both.
        let change =
            if program.is_empty() { Cow::Borrowed(&added) } else { Cow::Owned(added.clone() + &program) };
        self.part(&change, path, Role::Added);
        if let Some(removed) = removed {
            self.part(&removed, path, Role::Removed);
            self.edit(Cow::Owned(removed), Some(Role::Removed));
        }
        self.edit(Cow::Owned(added), Some(Role::Added));
    }

    fn part(&mut self, part: &str, path: u64, role: Role) {
        self.push(part, &Normal::new(part), mix(path, role as u64), Some(role));
    }

    /// A number or a flag: it counts together with its place.
    fn scalar(&mut self, scalar: &Value, path: u64, name: Option<&str>) {
        let text = scalar.to_string();
        self.tokens.push(Mark { hash: upper(mix(path, self.key.hash(text.as_bytes()))), weight: 1 });
        self.words += 1;
        let role = name.and_then(|name| role(name, &text));
        self.push(&text, &Normal::new(&text), path, role);
        if let Some(leaf) = self.leaves.last_mut().filter(|_| scalar.is_boolean()) {
            leaf.class = TokenClass::Flag;
        }
        self.durations += usize::from(name.is_some_and(is_duration));
        self.edit(Cow::Owned(text), role);
    }

    fn push(&mut self, text: &str, normal: &Normal<'_>, path: u64, role: Option<Role>) {
        let class = classify(text);
        let Masked { exact, skeleton, .. } =
            mask(&normal.text, &normal.kinds, self.hash, 0..normal.text.len());
        let masked = if class == TokenClass::Path { exact } else { skeleton };
        self.leaves.push(Leaf { path, value: exact, masked, class, length: text.len() as u64, role });
    }

    /// What a leaf with a role is to an edit.
    fn edit(&mut self, text: Cow<'a, str>, role: Option<Role>) {
        match role {
            Some(Role::Object) => {
                self.hollow.object(&text);
                self.object = Some(text);
            }
            Some(Role::Removed) => {
                self.hollow.count(&text, -1);
                self.additions.remove(&text, self.key);
            }
            Some(Role::Added) => {
                self.hollow.count(&text, 1);
                self.additions.add(text);
            }
            _ => (),
        }
    }

    fn finish(mut self, bytes: u64) -> Arguments {
        let lasts = self.durations > 0 && self.durations == self.leaves.len();
        self.leaves.sort_by_key(|leaf| (leaf.path, leaf.value));
        let identity = |part: fn(&Leaf) -> u64| {
            self.leaves.iter().fold(NO_LEAVES, |hash, leaf| mix(hash, mix(leaf.path, part(leaf))))
        };
        let (canonical, question) = (identity(|leaf| leaf.value), identity(|leaf| leaf.masked));
        self.leaves.sort_by_key(|leaf| leaf.role.is_none());
        self.leaves.truncate(Arguments::LEAVES);
        self.leaves.shrink_to_fit();
        let keeps = self.keeps || self.leaves.iter().any(|leaf| leaf.role == Some(Role::Removed));
        let Reading { key, tokens, words, leaves, hollow, additions, prose, object: path, command, .. } =
            self;
        let object = leaves.iter().find(|leaf| leaf.role == Some(Role::Object));
        let prose = prose.map(|prose| Prose { content: prose.content || object.is_some(), ..prose });
        let object = object.map_or(0, |leaf| leaf.value);
        let page = path.as_deref().filter(|_| hollow.prose);
        let added = additions.finish(object, page, Arguments::SAMPLE, key);
        let (tokens, remarks, hollow) = (tokens.finish(), hollow.remarks(), hollow.share());
        let mut arguments = Arguments {
            bytes,
            words,
            canonical,
            question,
            leaves,
            tokens,
            hollow,
            remarks,
            added,
            prose,
            speaks: false,
            lasts,
            keeps,
            names: Vec::new(),
            stem: None,
            thrown_away: command.thrown_away,
            record: command.record,
        };
        if let Some(path) = path.filter(|_| arguments.edits()) {
            arguments.names = names(&path, key);
            arguments.stem = stem(&path, key);
        }
        arguments
    }
}

/// Whether a key says how long something takes.
fn is_duration(key: &str) -> bool {
    key == "s" || DURATIONS.iter().any(|part| key.contains(part))
}

const DURATIONS: &[&str] = &["delay", "duration", "hour", "interval", "milli", "minute", "ms", "sec", "time"];

/// Identity of a value, as that of a [`Leaf`].
pub(crate) fn identity(value: &str, key: DigestKey) -> u64 {
    let Normal { text, kinds } = Normal::new(value);
    mask(&text, &kinds, PieceHash::new(key), 0..text.len()).exact
}

/// Whether the arguments of a check hold a condition that nothing can change.
pub(crate) fn holds_decided_condition(raw: &str) -> bool {
    let Some(Tree::Fields(fields)) = Tree::read(raw) else { return false };
    fields.iter().any(|(_, value)| matches!(value, Tree::Text(text) if is_decided(text)))
}

/// The name of the tool that a call is passed on to.
pub(crate) fn inner_name(raw: &str) -> Option<Cow<'_, str>> {
    let Tree::Fields(fields) = Tree::read(raw)? else { return None };
    let named = fields.into_iter().find(|(key, _)| INNER.contains(&&*plain(key)));
    match named?.1 {
        Tree::Text(name) => Some(name),
        _ => None,
    }
}

/// Keys under which it stands.
const INNER: &[&str] = &["action", "function", "name", "tool", "toolname"];

/// Identity of arguments without leaves; not 0, which stands for arguments that the source does not log.
const NO_LEAVES: u64 = 1;

/// A text without surrounding and doubled white space, which is without effect; and what its bytes are.
struct Normal<'a> {
    text: Cow<'a, str>,
    kinds: Kinds,
}

impl<'a> Normal<'a> {
    fn new(text: &'a str) -> Self {
        let text = normal(text);
        let kinds = Kinds::new(&text);
        Normal { text, kinds }
    }
}

fn normal(text: &str) -> Cow<'_, str> {
    let text = text.trim();
    let (mut normal, mut read) = (String::new(), 0);
    places(text.as_bytes(), may_be_gap, |at| {
        let after = if at < read { None } else { gap_end(text, at) };
        if let Some(after) = after {
            if normal.is_empty() {
                normal.reserve_exact(text.len());
            }
            normal.push_str(text[read..at].trim_end());
            normal.push(' ');
            read = after;
        }
    });
    if read == 0 {
        return Cow::Borrowed(text);
    }
    normal.push_str(&text[read..]);
    Cow::Owned(normal)
}

/// Where white space may begin that is no single space: at a space before a space, at other white space, and at a first
/// byte that white space beyond ASCII has.
#[inline]
fn may_be_gap([a, b, ..]: Windows) -> u8x16 {
    let above_tab = a - u8x16::splat(b'\t');
    let other_space = above_tab.simd_eq(above_tab.min(u8x16::splat(b'\r' - b'\t')));
    let wide = are(a, 0xC2) | (a & u8x16::splat(!3)).simd_eq(u8x16::splat(0xE0));
    are(a, b' ') & are(b, b' ') | other_space | wide
}

/// Where the white space ends that begins at a place, if any does.
fn gap_end(text: &str, at: usize) -> Option<usize> {
    let end = text.len() - text[at..].trim_start().len();
    (end > at).then_some(end)
}

fn role(name: &str, text: &str) -> Option<Role> {
    match name {
        "status" if matches!(text, "completed" | "done" | "closed") => Some(Role::Closed),
        _ if OBJECT.contains(&name) => Some(Role::Object),
        _ if REMOVED.contains(&name) => Some(Role::Removed),
        _ if ADDED.contains(&name) => Some(Role::Added),
        _ => None,
    }
}

/// What a command or a program writes into files.
fn script(text: &str, name: Option<&str>) -> Option<Patch> {
    let is_program = name.is_some_and(|name| PROGRAM.contains(&name));
    script::written(text)
        .or_else(|| script::written_in_editor(text))
        .or_else(|| if is_program { script::written_by_program(text) } else { None })
}

/// A key in small letters, without what joins its words.
fn plain(name: &str) -> Cow<'_, str> {
    if name.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return Cow::Borrowed(name);
    }
    Cow::Owned(name.chars().filter(|c| !matches!(c, '_' | '-')).map(|c| c.to_ascii_lowercase()).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Arguments, Role, normal};
    use crate::hash::DigestKey;
    use crate::tokens::TokenClass;

    fn arguments(raw: &str) -> Arguments {
        Arguments::new(raw, DigestKey(7))
    }

    #[test]
    fn key_order_white_space_and_descriptions_do_not_count() {
        let a = arguments(r#"{"command":"cargo  test","cwd":"/w","description":"Run test"}"#);
        let b = arguments(r#"{"description":"again","cwd":"/w","command":"cargo test "}"#);
        assert_eq!(a.canonical, b.canonical);
        assert_ne!(a.canonical, arguments(r#"{"command":"cargo bench","cwd":"/w"}"#).canonical);
    }

    #[test]
    fn numbers_count_as_they_stand_and_with_their_place() {
        let cosine = |a: &str, b: &str| arguments(a).tokens.cosine(&arguments(b).tokens);
        assert_eq!(cosine(r#"{"task":3}"#, r#"{"task":4}"#), Some(0.0));
        assert_eq!(cosine(r#"{"task":3}"#, r#"{"page":3}"#), Some(0.0));
    }

    #[test]
    fn the_question_stays_when_a_number_moves_and_not_when_a_path_does() {
        let question = |raw| arguments(raw).question;
        assert_eq!(question(r#"{"command":"sleep 60; ci 7"}"#), question(r#"{"command":"sleep 95; ci 7"}"#));
        assert_ne!(question(r#"{"file_path":"a/1.rs"}"#), question(r#"{"file_path":"a/2.rs"}"#));
    }

    #[test]
    fn leaves_have_classes_and_roles() {
        let edit =
            arguments(r#"{"file_path":"src/a.rs","old_string":"x","new_string":"y","replace_all":false}"#);
        assert_eq!(edit.role(Role::Object).map(|leaf| leaf.class), Some(TokenClass::Path));
        assert!(edit.role(Role::Removed).is_some() && edit.role(Role::Added).is_some());
        assert_eq!(edit.leaves.len(), 4);
    }

    #[test]
    fn keys_are_known_however_their_words_are_joined() {
        let edits = |raw| arguments(raw).edits() && arguments(raw).role(Role::Object).is_some();
        assert!(edits(r#"{"filePath":"a.rs","oldString":"x","newString":"y"}"#));
        assert!(edits(r#"{"TargetFile":"a.rs","ReplacementContent":"y"}"#));
        assert!(edits(r#"{"path":"a.rs","diff":"------- SEARCH\nx\n=======\ny\n+++++++ REPLACE"}"#));
        assert_eq!(arguments(r#"{"a":1,"TimeoutMs":9}"#).canonical, arguments(r#"{"a":1}"#).canonical);
    }

    #[test]
    fn what_a_command_writes_into_files_is_an_edit() {
        let edits = |raw| arguments(raw).change();
        let [made, _] = edits(r#"{"command":"cat > a.rs <<'E'\nfn a() {}\nE"}"#).unwrap();
        assert_eq!(edits(r#"{"command":"cd w; cat > a.rs <<'E'\nfn a() {}\nE"}"#).unwrap()[0], made);
        assert!(edits(r#"{"command":"cat a.rs"}"#).is_none());
        assert!(edits(r#"{"code":"open('a.txt', 'w').write(x)"}"#).is_some());
    }

    #[test]
    fn broken_json_is_one_leaf_of_text() {
        let patch = arguments("*** Begin Patch\n-a\n+b");
        assert_eq!((patch.leaves.len(), patch.words), (1, 4));
    }

    proptest! {
        /// For all texts: a normal text is its words with a space between them.
        #[test]
        fn normal_texts_are_words_and_single_spaces(text in "[a!—é語 \u{85}\u{A0}\u{1680}\u{2003}\u{3000}\t\n\r]{0,40}|[a-c! ]{0,40}") {
            prop_assert_eq!(normal(&text).into_owned(), Vec::from_iter(text.split_whitespace()).join(" "));
        }
    }
}
