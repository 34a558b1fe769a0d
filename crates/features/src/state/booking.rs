//! Books what steps cost: to accounts, to spans, and to who pays for reading it again.

use goodhart_trace::Usage;

use super::{Reading, State, record_of};
use crate::ledger::{Account, Booked, Booking, Entry, Led, Mass};
use crate::span::Axis;
use crate::step::{Step, StepKind};
use crate::tuning::{PRODUCTIVE, STALE, WINDOW};

impl State {
    /// The account of a step, should its spans not count in the end.
    pub(super) fn account(step: &Step, reading: &Reading) -> Account {
        let content = reading.novelty.is_some_and(|novelty| novelty >= STALE) || step.answer;
        match reading.credit {
            Some((credit, size)) if credit.changes_the_world() && size >= PRODUCTIVE => Account::Productive,
            _ if content => Account::Exploratory,
            _ => Account::Unexplained,
        }
    }

    pub(super) fn enter(&mut self, step: &Step, reading: &Reading, spans: [Option<u32>; 2]) {
        self.bytes = self.bytes.saturating_add(step.bytes());
        let account = Self::account(step, reading);
        let entry =
            Entry { step: step.place.step, account, spans, own: step.own_bytes(), bytes: step.bytes() };
        match (step.kind, self.led) {
            (StepKind::Message, _) => {
                let (request, message) = (step.request, step.place.step);
                self.led = Some(Led { request, message, silent: step.speech.words == 0 });
            }
            (StepKind::ToolCall, Some(led)) => self.booking.bear(led, step.request, entry),
            (StepKind::ToolCall, None) => (),
        }
        self.booked(|booking, done| booking.step(step.request, entry, done));
    }

    /// Notes the usage of a request.
    pub(crate) fn request_usage(&mut self, request: u64, usage: Usage, harness: bool) {
        self.booked(|booking, done| booking.usage(request, usage, harness, done));
    }

    /// Books what is still open.
    pub(crate) fn finish_booking(&mut self) {
        self.booked(|booking, done| booking.finish(done));
    }

    /// Runs a booking and takes what it closes.
    fn booked(&mut self, run: impl FnOnce(&mut Booking, &mut dyn FnMut(Booked))) {
        let mut booking = std::mem::take(&mut self.booking);
        run(&mut booking, &mut |booked| self.book(booked));
        self.booking = booking;
    }

    fn book(&mut self, Booked { mut entry, mass, output }: Booked) {
        // What a loop without weight so far would lose to its account is padding all the same.
        if let [Some(span), Some(_)] = entry.spans
            && !self.loops.counts(span)
        {
            entry.spans[Axis::Loop as usize] = None;
        }
        self.carried = self.carried.saturating_add(self.padded_output);
        self.accounts.entry(entry.account).or_default().add(mass);
        let [looped, padded] = entry.spans;
        match (looped, padded) {
            (Some(span), _) => self.loops.book(span, entry.account, mass),
            (None, Some(span)) => self.pads.book(span, entry.account, mass),
            _ => self.remember_booked(entry.step, entry.account, mass),
        }
        if padded.is_some() {
            self.padded_output = self.padded_output.saturating_add(output);
        }
        if let Some(record) = record_of(&mut self.records, entry.step) {
            record.book(&entry, mass);
        }
    }

    /// What steps in view hold may have to be moved, should they turn out to be thrown away.
    fn remember_booked(&mut self, step: u64, account: Account, mass: Mass) {
        if self.edits_booked.len() == WINDOW {
            self.edits_booked.pop_front();
        }
        self.edits_booked.push_back((step, account, mass));
    }
}
