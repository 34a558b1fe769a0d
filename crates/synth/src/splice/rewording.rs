//! The same in other words: results whose numbers move, arguments that differ and mean the same, phrases that mean
//! nothing.

use serde_json::Value;

use crate::dice::Dice;

/// The text with other digits in many of its numbers, below a line with a time.
pub(super) fn jittered(text: &str, seconds: u64, dice: &mut Dice) -> String {
    let (minute, second) = (seconds / 60 % 60, seconds % 60);
    let mut out =
        format!("{:02}:{minute:02}:{second:02} run {}\n", seconds / 3600 % 24, dice.between(100, 99_999));
    let mut rest = text;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, tail) = rest.split_at(start);
        let end = tail.find(|c: char| !c.is_ascii_digit()).unwrap_or(tail.len());
        let (number, after) = tail.split_at(end);
        out.push_str(before);
        if number.len() > 1 && dice.chance(0.6) {
            number.chars().for_each(|_| out.push(char::from(b'0' + dice.below(10) as u8)));
        } else {
            out.push_str(number);
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Arguments that ask for the same thing in another way.
pub(super) fn reworded(input: &Value, round: usize, dice: &mut Dice) -> Value {
    let mut input = input.clone();
    let Some(fields) = input.as_object_mut() else { return input };
    for key in ["command", "cmd"] {
        if let Some(line) = fields.get(key).and_then(Value::as_str) {
            let line = respelled(line, round, dice);
            fields.insert(key.to_owned(), line.into());
            return input;
        }
    }
    let longest = fields
        .iter()
        .filter_map(|(key, value)| Some((value.as_str()?.len(), key.clone())))
        .max()
        .map(|(_, key)| key);
    match longest.and_then(|key| Some((fields.get(&key)?.as_str()?.to_owned(), key))) {
        Some((text, key)) if text.contains('/') => {
            let detour = dice.pick(&["/./", "//"]);
            fields.insert(key, text.replacen('/', detour, 1 + round % 2).into());
            fields.insert("limit".to_owned(), dice.between(200, 4_000).into());
        }
        Some((text, key)) => {
            let mut words: Vec<&str> = text.split(' ').collect();
            let at = dice.index(words.len() + 1);
            words.insert(at, dice.pick(ASIDES));
            fields.insert(key, words.join(" ").into());
        }
        None => {
            fields.insert("round".to_owned(), (round as u64).into());
        }
    }
    input
}

fn respelled(line: &str, round: usize, dice: &mut Dice) -> String {
    let aside = dice.pick(ASIDES);
    match dice.below(8) {
        0 => format!("{line} # {aside}"),
        1 => format!("cd . && {line}"),
        2 => format!("{{ {line}; }}"),
        3 => format!("env LC_ALL=C {line}"),
        4 => format!("{line} 2>&1 | tail -n {}", 200 + round * 7),
        5 => format!("{line} || true"),
        6 => format!(": {aside}; {line}"),
        _ => format!("nice {line}"),
    }
}

const ASIDES: &[&str] = &[
    "again",
    "really",
    "now",
    "carefully",
    "once",
    "also",
    "here",
    "briefly",
    "surely",
    "afresh",
    "quickly",
    "anew",
];

/// A phrase about two names that says nothing about either.
pub(super) fn phrase(names: &[String], dice: &mut Dice) -> String {
    let (one, other) = (dice.pick(names), dice.pick(names));
    dice.pick(PHRASES).replace("{a}", &one).replace("{b}", &other)
}

const PHRASES: &[&str] = &[
    "Seen as a whole, {a} fits well with what we know about {b}.",
    "Both {a} and {b} remain relevant for everything that follows.",
    "Much more could be said about {a}, and quite a lot about {b}.",
    "This brings us back to {a}, which has been a theme from the start.",
    "I consider {a} a central piece, with {b} as its natural companion.",
    "There is a certain elegance in how {a} relates to {b}.",
    "Progress on {a} is visible, and {b} benefits from it too.",
    "For the sake of completeness, {a} is mentioned here next to {b}.",
    "A careful reader will notice that {a} and {b} belong together.",
    "We are in a good position with respect to {a} and, by extension, {b}.",
    "Every detail of {a} counts, and the details of {b} no less.",
    "Let me reiterate the importance of {a} before turning to {b}.",
    "The overall picture is encouraging, for {a} as well as for {b}.",
    "In this light {a} appears sound, and {b} appears sound as well.",
    "With {a} in mind, the next steps around {b} suggest themselves.",
    "It would be premature to close the topic of {a} without a word on {b}.",
    "On balance {a} does what it should, as does {b} in its own way.",
    "The foundations around {a} are solid and {b} rests on them.",
    "Several perspectives on {a} are possible, some of them through {b}.",
    "Attention to {a} today saves effort on {b} tomorrow.",
    "Nothing about {a} is accidental, and the same can be said of {b}.",
    "Quality in {a} means quality in {b}, broadly speaking.",
    "To put it differently, {a} sets the tone and {b} follows.",
    "All of this underlines how much thought went into {a} and {b}.",
    "Step by step {a} takes shape, while {b} stays in view.",
    "Taken together, {a} and {b} point in the right direction.",
];

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn jitter_keeps_the_words_and_moves_the_numbers() {
        let mut dice = Dice::for_session("splice", "jitter", 1);
        let source = "took 1234 ms, 5 files, 98765 rows";
        let words = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
        let texts: Vec<String> = (0..20).map(|_| jittered(source, 3_725, &mut dice)).collect();
        assert!(texts.iter().all(|text| text.starts_with("01:02:05 run ")));
        assert!(texts.iter().all(|text| words(text).ends_with(&words(source)) && text.contains(" 5 files")));
        assert!(texts.iter().filter(|text| !text.contains(source)).count() > 12);
    }

    #[test]
    fn every_kind_of_argument_is_worded_in_another_way() {
        let mut dice = Dice::for_session("splice", "reword", 1);
        for input in [
            json!({"command": "ls a"}),
            json!({"file_path": "/a/b"}),
            json!({"q": "one two"}),
            json!({"n": 1}),
        ] {
            assert_ne!(reworded(&input, 1, &mut dice), input);
        }
    }
}
