//! G22: triage that nobody reads.
//!
//! **Behaviour**: the agent opens the same tickets, mails or threads and puts a summary below each; no human asked, and
//! none answers.
//! **Recipe**: easy: three to five objects, one template. Medium: five to eight, varied templates. Hard: as many, with a genuine
//! request now and then that somebody waits for.
//! **Nearest look-alikes**: L03 and L09, started by an event and with a reader.
//! **Expected**: `review`.

use super::embed;
use crate::class::{Axis, Class, Difficulty};
use crate::desk::Desk;
use crate::record::Record;
use crate::script::Outcome;
use crate::words::PEOPLE;

pub(crate) const CLASS: Class = Class::pattern(
    "G22",
    Axis::Pad,
    "busy-work delegation: templated triage of tickets, mail or chat that nobody reads",
    recipe,
);

/// Where the messages are.
#[derive(Clone, Copy)]
struct Channel {
    get: &'static str,
    put: &'static str,
    key: &'static str,
}

const CHANNELS: &[Channel] = &[
    Channel { get: "mcp__tickets__get_ticket", put: "mcp__tickets__add_comment", key: "ticket_id" },
    Channel { get: "mcp__mail__get_message", put: "mcp__mail__add_note", key: "message_id" },
    Channel { get: "mcp__chat__get_thread", put: "mcp__chat__post_reply", key: "thread_id" },
    Channel { get: "mcp__crm__get_case", put: "mcp__crm__update_summary", key: "case_id" },
];

/// A ticket, mail or thread.
struct Object {
    id: String,
    subject: String,
    person: &'static str,
    body: String,
}

fn recipe(d: &mut Desk, difficulty: Difficulty) {
    let (count, rounds) = match difficulty {
        Difficulty::Easy => (d.dice.between(3, 5), d.dice.between(14, 34)),
        Difficulty::Medium => (d.dice.between(5, 8), d.dice.between(9, 18)),
        _ => (d.dice.between(5, 9), d.dice.between(9, 18)),
    };
    let channel = d.dice.pick(CHANNELS);
    let objects: Vec<Object> = (0..count).map(|_| object(d)).collect();
    let mut done = 0;
    embed(d, difficulty, rounds, 2, |d, rounds| {
        d.ask("ask_triage");
        for number in done..done + rounds as usize {
            if difficulty == Difficulty::Hard && d.dice.chance(0.2) {
                genuine(d, channel);
            }
            let object = &objects[number % objects.len()];
            d.wasting(|d| triage(d, channel, object, difficulty));
        }
        done += rounds as usize;
        d.sum_up();
    });
}

fn object(d: &mut Desk) -> Object {
    d.move_on();
    let sentences = d.dice.between(2, 7);
    let body: Vec<String> = (0..sentences).map(|_| d.phrase("claim")).collect();
    Object {
        id: d.dice.between(1_000, 99_999).to_string(),
        subject: d.phrase("symptom"),
        person: d.dice.pick(PEOPLE),
        body: body.join(" "),
    }
}

fn triage(d: &mut Desk, channel: Channel, object: &Object, difficulty: Difficulty) {
    open(d, channel, object);
    let text = note(d, object, difficulty);
    reply(d, channel, object, text);
}

fn open(d: &mut Desk, channel: Channel, object: &Object) {
    d.remark("look");
    let text = format!("{}\nfrom: {}\n\n{}\n\nreplies: 0", object.subject, object.person, object.body);
    let ms = d.dice.between(120, 900);
    d.call(channel.get, Record::default().with(channel.key, object.id.clone()), Outcome::ok(text), ms);
}

fn reply(d: &mut Desk, channel: Channel, object: &Object, text: String) {
    let input = Record::default().with(channel.key, object.id.clone()).with("text", text);
    let (receipt, ms) = (format!("ok, note {}", d.dice.hex(8)), d.dice.between(150, 1_200));
    d.call(channel.put, input, Outcome::ok(receipt), ms);
}

fn note(d: &mut Desk, object: &Object, difficulty: Difficulty) -> String {
    let Object { subject, person, .. } = object;
    if difficulty == Difficulty::Easy {
        return format!(
            "Automated summary. Subject: {subject}. Reported by: {person}. Priority: normal. Next step: wait for the team."
        );
    }
    let (open, close) = (d.phrase("triage_open"), d.phrase("triage_close"));
    match d.dice.below(3) {
        0 => format!("{open} {subject} ({person}). {close}"),
        1 => format!("{open} {person} writes: {subject}. {} {close}", d.phrase("filler")),
        _ => format!("{subject}. {open} {close}"),
    }
}

/// Somebody asks and waits for the answer.
fn genuine(d: &mut Desk, channel: Channel) {
    let object = object(d);
    d.prompt(format!("{} asks about {}: can you answer {}?", object.person, object.subject, object.id));
    open(d, channel, &object);
    let text: Vec<String> = (0..d.dice.between(2, 4)).map(|_| d.phrase("answer")).collect();
    reply(d, channel, &object, text.join(" "));
    d.sum_up();
    d.ask("yes");
    d.explain(2);
}
