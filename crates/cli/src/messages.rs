//! `-v` and `-vv`: what the libraries tell about their work, on standard error.

use std::time::Instant;

use log::{LevelFilter, Log, Metadata, Record};

use crate::output::message;

/// Shows messages from here on: none for 0, those about files for 1, for more those about sessions too, with times.
pub(crate) fn show(verbose: u8) {
    let level = match verbose {
        0 => return,
        1 => LevelFilter::Info,
        _ => LevelFilter::Debug,
    };
    let messages = Messages { since: (verbose > 1).then(Instant::now) };
    if log::set_boxed_logger(Box::new(messages)).is_ok() {
        log::set_max_level(level);
    }
}

struct Messages {
    /// The start of the program, where times are told.
    since: Option<Instant>,
}

impl Log for Messages {
    /// Other libraries have nothing to say to whoever reads logs of agents.
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("goodhart")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        match self.since {
            Some(start) => {
                message(format_args!("{:9.3} s  {}", start.elapsed().as_secs_f64(), record.args()));
            }
            None => message(record.args()),
        }
    }

    fn flush(&self) {}
}
