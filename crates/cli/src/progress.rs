//! A bar on standard error while files are read; none when it is no terminal, or when messages go there.

use std::time::Duration;

use goodhart::batch::Progress;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Work shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// The bar of one scan.
pub(crate) struct Bar {
    bar: ProgressBar,
    started: std::time::Instant,
}

impl Bar {
    pub(crate) fn new() -> Self {
        let style = ProgressStyle::with_template("reading {bar:30} {bytes} of {total_bytes}, {msg} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar());
        let target = if log::log_enabled!(log::Level::Info) {
            ProgressDrawTarget::hidden()
        } else {
            ProgressDrawTarget::stderr()
        };
        let bar = ProgressBar::with_draw_target(Some(0), target).with_style(style);
        Bar { bar, started: std::time::Instant::now() }
    }

    pub(crate) fn show(&self, progress: Progress) {
        if self.started.elapsed() < PATIENCE {
            return;
        }
        self.bar.set_length(progress.bytes);
        self.bar.set_position(progress.bytes_done);
        self.bar.set_message(format!("file {} of {}", progress.files_done, progress.files));
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
