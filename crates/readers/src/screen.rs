//! Screens of a terminal: an answer that begins with the lines with which the one before it ended has scrolled, and says
//! what follows them.

use std::borrow::Cow;

/// The latest answer, as far as a screen reaches.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    shown: String,
}

/// Lines of a screen that is looked at.
const LINES: usize = 256;

/// Bytes of it.
const BYTES: usize = 64 << 10;

/// Lines that are told again from which a screen has scrolled: shorter ones are alike by chance.
const OVERLAP: usize = 5;

/// Lines that may stand before those: `Current terminal state:` and its like.
const TITLE: usize = 3;

impl Screen {
    /// What an answer says that was not on the screen before; all of it, unless the screen has moved on.
    pub(crate) fn news<'t>(&mut self, answer: Cow<'t, str>) -> Cow<'t, str> {
        match answer {
            Cow::Borrowed(answer) => Cow::Borrowed(self.end(answer)),
            Cow::Owned(mut answer) => {
                let told = answer.len() - self.end(&answer).len();
                answer.drain(..told);
                Cow::Owned(answer)
            }
        }
    }

    fn end<'t>(&mut self, answer: &'t str) -> &'t str {
        if answer.len() > BYTES {
            self.shown.clear();
            return answer;
        }
        let news = scrolled(&self.shown, answer).unwrap_or(answer);
        answer.clone_into(&mut self.shown);
        news
    }
}

/// What follows the lines that were shown before.
fn scrolled<'t>(before: &str, now: &'t str) -> Option<&'t str> {
    let shown: Vec<&str> = before.trim_end().lines().rev().take(LINES).collect();
    let lines: Vec<&str> = now.trim_end().lines().take(LINES).collect();
    let last = shown.first()?;
    let goes_on = |at: &usize| {
        let same = lines[..*at].iter().rev().zip(&shown[1..]).take_while(|(now, then)| now == then).count();
        lines[*at].starts_with(last) && same + 1 >= OVERLAP && at - same <= TITLE
    };
    let at = (0..lines.len()).rev().find(goes_on)?;
    // The last line may have been a prompt: what was typed there since, over several lines perhaps, is the call.
    let typed = if lines[at] == *last {
        0
    } else {
        lines[at + 1..].iter().take_while(|line| line.starts_with("> ")).count()
    };
    let first = at + 1 + typed;
    let skipped: usize = now.split_inclusive('\n').take(first).map(str::len).sum();
    (first < lines.len()).then(|| &now[skipped..])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Screen;

    const SCREEN: &str = "Screen:\n$ ls\na\nb\nc\nd\ne\n$ ";

    fn news<'t>(before: &str, now: &'t str) -> &'t str {
        let mut screen = Screen::default();
        screen.end(before);
        screen.end(now)
    }

    #[test]
    fn a_screen_that_has_scrolled_tells_what_is_new() {
        assert_eq!(news(SCREEN, "Screen:\nb\nc\nd\ne\n$ make\nok\n$ "), "ok\n$ ");
        assert_eq!(news(SCREEN, "b\nc\nd\ne\n$ cat <<E\n> x\n> E\nx\n$ "), "x\n$ ");
        assert_eq!(news("a\nb\nc\nd\ne\n", "b\nc\nd\ne\nf\n"), "b\nc\nd\ne\nf\n", "four lines may be chance");
        assert_eq!(news("a\nb\nc\nd\ne\n", "a\nb\nc\nd\ne\nf\n"), "f\n");
    }

    #[test]
    fn what_has_not_moved_is_told_again() {
        assert_eq!(news(SCREEN, SCREEN), SCREEN);
        let edited = SCREEN.replace("c\n", "x\n");
        assert_eq!(news(SCREEN, &edited), edited);
        assert_eq!(news("", SCREEN), SCREEN);
    }

    proptest! {
        /// For all answers: the news are an end of the answer, and not empty where the answer is not.
        #[test]
        fn news_are_an_end(before in "([ab]\n){0,12}", now in "([ab]\n){1,14}") {
            let told = news(&before, &now);
            prop_assert!(now.ends_with(told) && !told.is_empty());
        }
    }
}
