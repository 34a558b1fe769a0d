//! Fills phrases: prose of agents and humans about the topic at hand.

use crate::dice::Dice;
use crate::phrases;
use crate::project::Topic;

/// How one agent writes, the same throughout its session.
#[derive(Debug, Clone)]
pub(crate) struct Voice {
    /// Probability of a sentence before a call.
    chatter: f64,
    /// Probability of a lead word before a sentence.
    leads: f64,
    /// Lead words this agent likes.
    favourites: Vec<&'static str>,
    /// Probability that a summary is a list.
    bullets: f64,
    /// Probability of naming the file along with what is said about it.
    cites: f64,
    /// Humans of this session write in lower case.
    lower_case: bool,
}

impl Voice {
    /// A random way of writing.
    pub(crate) fn new(dice: &mut Dice) -> Self {
        let leads = phrases::list("lead").unwrap_or_default();
        Self {
            chatter: dice.pick(&[0.35, 0.55, 0.75, 0.9, 1.0]),
            leads: dice.pick(&[0.0, 0.1, 0.25]),
            favourites: dice.some(leads, 3),
            bullets: dice.pick(&[0.2, 0.5, 0.9]),
            cites: dice.pick(&[0.1, 0.3, 0.5, 0.7]),
            lower_case: dice.chance(0.4),
        }
    }

    /// Whether the agent says something now.
    pub(crate) fn speaks(&self, dice: &mut Dice) -> bool {
        dice.chance(self.chatter)
    }

    /// A sentence from a list, perhaps with a lead word, perhaps with a thought behind it.
    pub(crate) fn remark(&self, list: &str, dice: &mut Dice, topic: &Topic) -> String {
        let sentence = phrase(list, dice, topic);
        let led = if !sentence.ends_with('?') && dice.chance(self.leads) {
            let lead = dice.pick(&self.favourites);
            if lead.ends_with('.') {
                format!("{lead} {sentence}")
            } else {
                format!("{lead} {}", lower_first(&sentence))
            }
        } else {
            sentence
        };
        let led = if dice.chance(self.cites) {
            format!("{led} (`{}`, `{}`)", topic.file, topic.function)
        } else {
            led
        };
        match dice.below(20) {
            0 | 1 => format!("{led} {}", phrase("answer", dice, topic)),
            2 => format!("{led}\n\n{}", self.explanation(dice.clone().between(3, 9), dice, topic)),
            _ => led,
        }
    }

    /// What a human writes.
    pub(crate) fn prompt(&self, list: &str, dice: &mut Dice, topic: &Topic) -> String {
        let text = phrase(list, dice, topic);
        if self.lower_case { lower_first(&text) } else { text }
    }

    /// The last message of a task.
    pub(crate) fn summary(&self, dice: &mut Dice, topic: &Topic) -> String {
        let open = phrase("summary_open", dice, topic);
        let count = dice.between(2, 8) as usize;
        let items = distinct(count, || {
            let item = phrase("summary_item", dice, topic);
            if dice.chance(self.cites) { format!("`{}`: {item}", topic.file) } else { item }
        });
        let body = if dice.chance(self.bullets) {
            items.iter().map(|item| format!("- {item}\n")).collect::<String>()
        } else {
            format!("{}.", items.join("; "))
        };
        let close = if dice.chance(0.6) { phrase("summary_close", dice, topic) } else { String::new() };
        let more = if dice.chance(0.3) {
            self.explanation(dice.clone().between(3, 12), dice, topic)
        } else {
            String::new()
        };
        let parts = [open, body, more, close];
        parts
            .iter()
            .map(|part| part.trim_end())
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join("\n\n")
    }

    /// An explanation of some sentences, in paragraphs.
    pub(crate) fn explanation(&self, sentences: u64, dice: &mut Dice, topic: &Topic) -> String {
        let all = distinct(sentences as usize, || {
            let list = dice.pick(&["answer", "survey", "claim", "claim", "claim", "claim"]);
            phrase(list, dice, topic)
        });
        let size = 2 + dice.index(3);
        let paragraphs: Vec<String> = all.chunks(size).map(|chunk| chunk.join(" ")).collect();
        if dice.chance(self.bullets * 0.5) {
            return format!("**{}**\n\n{}", topic.file, paragraphs.join("\n\n"));
        }
        paragraphs.join("\n\n")
    }
}

/// One phrase of a list, all slots filled; or a fact of the topic.
pub(crate) fn phrase(name: &str, dice: &mut Dice, topic: &Topic) -> String {
    with_articles(&slot(name, dice, topic))
}

/// Several phrases of a list as one paragraph.
pub(crate) fn paragraph(list: &str, count: u64, dice: &mut Dice, topic: &Topic) -> String {
    (0..count).map(|_| phrase(list, dice, topic)).collect::<Vec<_>>().join(" ")
}

/// A long text of varied sentences in sections, of about so many bytes.
pub(crate) fn essay(bytes: usize, dice: &mut Dice, topic: &Topic) -> String {
    let mut text = format!("# {}\n", capitalise(&phrase("topic", dice, topic)));
    while text.len() < bytes {
        text.push_str(&format!("\n## {}\n\n", capitalise(&phrase("matter", dice, topic))));
        for _ in 0..dice.between(2, 4) {
            let sentences = dice.between(3, 7);
            text.push_str(&paragraph("sentence", sentences, dice, topic));
            text.push_str("\n\n");
        }
    }
    text
}

/// Replaces `$slots` by phrases, facts and numbers.
pub(crate) fn fill(template: &str, dice: &mut Dice, topic: &Topic) -> String {
    let mut out = String::with_capacity(template.len() * 2);
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        let tail = &rest[at + 1..];
        let end = tail.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(tail.len());
        out.push_str(&slot(&tail[..end], dice, topic));
        rest = &tail[end..];
    }
    out.push_str(rest);
    out
}

fn slot(name: &str, dice: &mut Dice, topic: &Topic) -> String {
    if let Some(entries) = phrases::list(name) {
        return fill(favoured(entries, dice, topic), dice, topic);
    }
    match name {
        "d" => dice.between(2, 9).to_string(),
        "dd" => dice.between(11, 98).to_string(),
        "Actor" | "Who" | "Circumstance" => capitalise(&slot(&name.to_lowercase(), dice, topic)),
        other => topic.fact(other, dice),
    }
}

/// An entry of a list; those that this session's author favours come up more often.
fn favoured(entries: &'static [&'static str], dice: &mut Dice, topic: &Topic) -> &'static str {
    let near_the_front = dice.index(entries.len()).min(dice.index(entries.len()));
    entries[(near_the_front + topic.accent) % entries.len()]
}

/// Up to `n` different texts; fewer when the source runs dry.
fn distinct(n: usize, mut next: impl FnMut() -> String) -> Vec<String> {
    let mut all: Vec<String> = Vec::with_capacity(n);
    for _ in 0..4 * n {
        let text = next();
        if all.len() < n && !all.contains(&text) {
            all.push(text);
        }
    }
    all
}

/// "an" before a vowel.
fn with_articles(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut words = text.split_inclusive(' ').peekable();
    while let Some(word) = words.next() {
        let vowel = words.peek().is_some_and(|next| next.starts_with(['a', 'e', 'i', 'o', 'u']));
        out.push_str(match word {
            "a " if vowel => "an ",
            "A " if vowel => "An ",
            other => other,
        });
    }
    out
}

/// With a capital letter.
pub(crate) fn capitalise(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |first| first.to_uppercase().chain(chars).collect())
}

fn lower_first(text: &str) -> String {
    let keeps_case = text.starts_with("I ") || text.starts_with("I'");
    let mut chars = text.chars();
    match chars.next() {
        Some(first) if !keeps_case => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Project;

    #[test]
    fn every_slot_of_every_list_is_known() {
        let mut dice = Dice::for_session("prose", "test", 1);
        let project = Project::new(&mut dice);
        let topic = project.topic(&mut dice);
        for list in phrases::names() {
            for entry in phrases::list(list).unwrap() {
                let text = fill(entry, &mut dice, &topic);
                assert!(
                    !text.contains('$') && !text.contains('?') || entry.contains('?'),
                    "{list}: {entry}: {text}"
                );
            }
        }
    }

    #[test]
    fn long_texts_hardly_repeat() {
        let mut dice = Dice::for_session("prose", "test", 2);
        let project = Project::new(&mut dice);
        let topic = project.topic(&mut dice);
        let text = essay(12_000, &mut dice, &topic);
        let words: Vec<&str> = text.split_whitespace().collect();
        let grams: Vec<&[&str]> = words.windows(4).collect();
        let distinct: std::collections::BTreeSet<_> = grams.iter().collect();
        assert!(distinct.len() * 10 > grams.len() * 8, "{} of {}", distinct.len(), grams.len());
    }
}
