//! The difference of two texts as the hunks of a patch.

/// Lines that are shown around a change.
const CONTEXT: usize = 3;

/// Hunks that turn one text into the other, each behind a line with `@@`.
pub(crate) fn hunks(before: &str, after: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    if old.len() == new.len() {
        return line_by_line(&old, &new);
    }
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let end = old[start..].iter().rev().zip(new[start..].iter().rev()).take_while(|(a, b)| a == b).count();
    hunk(&old, start..old.len() - end, &new[start..new.len() - end])
}

/// A hunk for each run of lines that differ.
fn line_by_line(old: &[&str], new: &[&str]) -> String {
    let mut text = String::new();
    let mut at = 0;
    while at < old.len() {
        let run = old[at..].iter().zip(&new[at..]).take_while(|(a, b)| a != b).count();
        if run > 0 {
            text.push_str(&hunk(old, at..at + run, &new[at..at + run]));
        }
        at += run.max(1);
    }
    text
}

fn hunk(old: &[&str], changed: std::ops::Range<usize>, new: &[&str]) -> String {
    let marked = |mark: char, lines: &[&str]| -> String {
        lines.iter().map(|line| format!("{mark}{line}\n")).collect()
    };
    let above = &old[changed.start.saturating_sub(CONTEXT)..changed.start];
    let below = &old[changed.end..(changed.end + CONTEXT).min(old.len())];
    let (removed, added) = (marked('-', &old[changed]), marked('+', new));
    format!("@@\n{}{removed}{added}{}", marked(' ', above), marked(' ', below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_stands_between_its_neighbours() {
        assert_eq!(hunks("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\nx\ny\nf\n"), "@@\n b\n c\n d\n-e\n+x\n+y\n f\n");
    }

    #[test]
    fn lines_that_differ_far_apart_are_two_hunks() {
        let (before, after) = ("a\nb\nc\nd\ne\nf\ng\nh\n", "A\nb\nc\nd\ne\nf\ng\nH\n");
        assert_eq!(hunks(before, after), "@@\n-a\n+A\n b\n c\n d\n@@\n e\n f\n g\n-h\n+H\n");
    }

    #[test]
    fn equal_texts_have_no_hunk() {
        assert_eq!(hunks("a\n", "a\n"), "");
    }
}
