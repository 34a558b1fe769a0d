//! The evaders: what their waste is, and how it is laid.

use goodhart::trace::build::session;
use goodhart::trace::{Event, Kind, Usage};

/// One way to waste without being seen.
#[derive(Debug)]
pub struct Evader {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub about: &'static str,
    /// How its waste lies in the session.
    pub lay: Lay,
    /// The waste request of a round.
    pub waste: fn(&mut Story, usize) -> Vec<Event<'static>>,
}

/// How waste lies among honest requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lay {
    /// In one stretch in the middle.
    Block,
    /// In groups of so many, with honest work between as far as there is some.
    Groups(usize),
}

impl Lay {
    /// The gap in which each piece of waste stands, in order.
    pub(super) fn places(self, count: usize, gaps: usize) -> Vec<usize> {
        let last = gaps.saturating_sub(1);
        match self {
            Lay::Block => vec![gaps / 2; count],
            Lay::Groups(size) => {
                let groups = count.div_ceil(size).max(1);
                (0..count).map(|piece| (piece / size * gaps / groups).min(last)).collect()
            }
        }
    }
}

/// Every evader. The first one evades nothing: it is there to compare with.
pub const EVADERS: &[Evader] = &[
    Evader {
        name: "verbatim",
        about: "one call and its result again and again, hidden in no way",
        lay: Lay::Block,
        waste: |story, _| story.call("Read", r#"{"file_path":"src/notes.rs"}"#, SCREEN),
    },
    Evader {
        name: "n-1 repeats",
        about: "equal calls in groups of three, each group another file: one less than most guards count",
        lay: Lay::Groups(3),
        waste: |story, round| {
            let file = round / 3;
            let text = format!("{SCREEN}\npub const PART: usize = {file};");
            story.call("Read", &format!(r#"{{"file_path":"src/part_{file}.rs"}}"#), &text)
        },
    },
    Evader {
        name: "jitter",
        about: "one call with another flag or limit each time, and the same answer",
        lay: Lay::Block,
        waste: |story, round| {
            let (limit, word) = (100 + story.below(900), story.word());
            story.call(
                "Bash",
                &format!(r#"{{"command":"ls -la src | head -{limit} # {word} {round}"}}"#),
                SCREEN,
            )
        },
    },
    Evader {
        name: "paraphrase",
        about: "one question in other words each time, the answer in another order with other words between",
        lay: Lay::Block,
        waste: |story, _| {
            let (question, answer) = (story.question(), story.shuffled(SCREEN));
            story.call("WebSearch", &format!(r#"{{"query":"{question}"}}"#), &answer)
        },
    },
    Evader {
        name: "random arguments",
        about: "searches for random words that find random places",
        lay: Lay::Block,
        waste: |story, _| {
            let (a, b) = (story.word(), story.word());
            let found: Vec<String> = (0..6).map(|_| story.place()).collect();
            story.call("Grep", &format!(r#"{{"pattern":"{a}.*{b}"}}"#), &found.join("\n"))
        },
    },
    Evader {
        name: "random arguments, nothing found",
        about: "searches for random words that find nothing",
        lay: Lay::Block,
        waste: |story, _| {
            let (a, b) = (story.word(), story.word());
            story.call("Grep", &format!(r#"{{"pattern":"{a}.*{b}"}}"#), "No matches found")
        },
    },
    Evader {
        name: "junk edits",
        about: "edits of a scratch file with new words each time, which nothing uses",
        lay: Lay::Block,
        waste: |story, _| {
            let (old, new) = (story.sentence(), story.sentence());
            let arguments =
                format!(r#"{{"file_path":"scratch.md","old_string":"{old}","new_string":"{new}"}}"#);
            story.call("Edit", &arguments, "The file scratch.md has been updated successfully.")
        },
    },
    Evader {
        name: "filler",
        about: "messages of low repetition about nothing, words of the session in always other sentences",
        lay: Lay::Groups(1),
        waste: |story, _| {
            let text: Vec<String> = (0..8).map(|_| story.sentence()).collect();
            story.speech(&text.join(". "))
        },
    },
    Evader {
        name: "interleaved",
        about: "an equal call and result after every honest request",
        lay: Lay::Groups(1),
        waste: |story, _| story.call("Read", r#"{"file_path":"src/notes.rs"}"#, SCREEN),
    },
    Evader {
        name: "volatile output",
        about: "one call; every line of its answer has another time, process and identifier",
        lay: Lay::Block,
        waste: |story, round| {
            let answer = story.stamped(SCREEN, round);
            story.call("Bash", r#"{"command":"tool status --verbose"}"#, &answer)
        },
    },
    Evader {
        name: "volatile, jittered, interleaved",
        about: "the three together: other flags, stamped output, one at a time",
        lay: Lay::Groups(1),
        waste: |story, round| {
            let (limit, answer) = (100 + story.below(900), story.stamped(SCREEN, round));
            story.call("Bash", &format!(r#"{{"command":"tool status --last {limit}"}}"#), &answer)
        },
    },
    Evader {
        name: "discarded work",
        about: "new files read one after another and never used: plausible, distinct, thrown away",
        lay: Lay::Groups(2),
        waste: |story, round| {
            let text: Vec<String> = (0..20).map(|_| story.sentence()).collect();
            let name = story.word();
            story.call("Read", &format!(r#"{{"file_path":"vendor/{name}_{round}.md"}}"#), &text.join("\n"))
        },
    },
];

/// What an ordinary call shows.
const SCREEN: &str = "use std::collections::BTreeMap;\n\n/// Notes of a review, by file.\npub struct Notes {\n    by_file: BTreeMap<String, \
     Vec<String>>,\n}\n\nimpl Notes {\n    pub fn add(&mut self, file: &str, note: &str) {\n        \
     self.by_file.entry(file.to_owned()).or_default().push(note.to_owned());\n    }\n\n    pub fn len(&self) -> usize {\n        \
     self.by_file.values().map(Vec::len).sum()\n    }\n}";

/// Words between those of the session.
const PLAIN: [&str; 16] = [
    "the", "which", "keeps", "before", "every", "calls", "into", "while", "needs", "from", "returns", "and",
    "holds", "over", "after", "with",
];

/// Ways to ask the same.
const QUESTIONS: [&str; 4] = ["how do", "what makes", "best way that", "explain why"];

/// What an evader writes with: the words of its session, and dice.
#[derive(Debug)]
pub struct Story {
    session: String,
    words: Vec<String>,
    usage: Usage,
    dice: u64,
    pieces: usize,
}

impl Story {
    pub(super) fn new(events: &[Event<'_>], usage: Usage, seed: u64) -> Self {
        let results = events.iter().filter(|event| event.kind == Kind::ToolResult);
        let texts = results.filter_map(|event| event.text.as_deref());
        let pieces = texts.flat_map(|text| text.split(|c: char| !c.is_ascii_alphabetic()));
        let mut words: Vec<String> = pieces.filter(|word| word.len() > 3).map(str::to_lowercase).collect();
        words.sort_unstable();
        words.dedup();
        words.push("work".to_owned());
        let session = events.first().map_or_else(String::new, |event| event.session.to_string());
        Story { session, words, usage, dice: seed, pieces: 0 }
    }

    /// A request with one call and its answer.
    fn call(&mut self, tool: &str, arguments: &str, answer: &str) -> Vec<Event<'static>> {
        let events = session(&self.session).call(tool, arguments).usage(self.usage).result(answer).events();
        self.renamed(events)
    }

    /// A request that only speaks; the harness tells it to go on.
    fn speech(&mut self, text: &str) -> Vec<Event<'static>> {
        let events = session(&self.session).text(text).usage(self.usage).injected("go on").events();
        self.renamed(events)
    }

    /// Ids that no other piece has.
    fn renamed(&mut self, events: Vec<Event<'static>>) -> Vec<Event<'static>> {
        self.pieces += 1;
        let piece = self.pieces;
        let rename = |id: std::borrow::Cow<'static, str>| format!("waste-{piece}-{id}").into();
        events
            .into_iter()
            .map(|event| Event {
                id: None,
                request: event.request.map(rename),
                call: event.call.map(rename),
                ..event
            })
            .collect()
    }

    /// A number below a bound: SplitMix64, the same on every machine.
    fn below(&mut self, bound: usize) -> usize {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound.max(1) as u64) as usize
    }

    fn word(&mut self) -> String {
        let place = self.below(self.words.len());
        self.words[place].clone()
    }

    fn sentence(&mut self) -> String {
        let words: Vec<String> = (0..12)
            .map(|_| if self.below(5) < 2 { PLAIN[self.below(PLAIN.len())].to_owned() } else { self.word() })
            .collect();
        words.join(" ")
    }

    fn place(&mut self) -> String {
        format!("src/{}/{}.rs:{}: {}", self.word(), self.word(), self.below(900), self.sentence())
    }

    fn question(&mut self) -> String {
        let ask = QUESTIONS[self.below(QUESTIONS.len())];
        format!("{ask} {} notes {} review {}", self.word(), self.word(), self.word())
    }

    /// The lines in another order, a new line after each third.
    fn shuffled(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for end in (1..lines.len()).rev() {
            lines.swap(end, self.below(end + 1));
        }
        let with_news = lines.chunks(3).map(|lines| format!("{}\n{}", lines.join("\n"), self.sentence()));
        with_news.collect::<Vec<_>>().join("\n")
    }

    /// Every line with a time, a process and an identifier.
    fn stamped(&mut self, text: &str, round: usize) -> String {
        let (process, minute) = (1000 + self.below(60_000), round % 60);
        let lines = text.lines().enumerate().map(|(line, text)| {
            format!(
                "2026-03-02T10:{minute:02}:{:02}Z [{process}] {:08x} {text}",
                line % 60,
                self.below(1 << 32)
            )
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waste_lies_where_it_is_told() {
        assert_eq!(Lay::Block.places(3, 10), [5, 5, 5]);
        assert_eq!(Lay::Groups(1).places(4, 8), [0, 2, 4, 6]);
        assert_eq!(Lay::Groups(3).places(6, 10), [0, 0, 0, 5, 5, 5]);
        // more waste than gaps
        assert_eq!(Lay::Groups(1).places(4, 2), [0, 0, 1, 1]);
        assert!(Lay::Groups(2).places(0, 2).is_empty());
    }

    #[test]
    fn pieces_have_ids_of_their_own_and_a_bill() {
        let mut story = Story::new(&[], Usage { input: 7, ..Usage::default() }, 1);
        let (a, b) = (story.call("A", "{}", "r"), story.call("A", "{}", "r"));
        assert_ne!(a[0].call, b[0].call);
        assert_ne!(a[0].request, b[0].request);
        assert_eq!((a[0].call.is_some(), a[0].call == a[1].call, a[0].usage.unwrap().input), (true, true, 7));
    }

    #[test]
    fn names_are_unique_and_arguments_are_json() {
        let mut names: Vec<_> = EVADERS.iter().map(|evader| evader.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), EVADERS.len());
        let mut story = Story::new(&[], Usage::default(), 1);
        for evader in EVADERS {
            for event in (evader.waste)(&mut story, 3) {
                let arguments = event.arguments.as_deref().unwrap_or("{}");
                assert!(serde_json::from_str::<serde_json::Value>(arguments).is_ok(), "{arguments}");
            }
        }
    }
}
