//! Numbers as people read them: short, with their unit.

/// Tokens with three digits: `830`, `22.5k`, `1.42M`.
///
/// ```
/// use goodhart_report::numbers::tokens;
///
/// assert_eq!([tokens(830), tokens(22_460), tokens(225_000), tokens(1_420_000)], ["830", "22.5k", "225k", "1.42M"]);
/// ```
pub fn tokens(count: u64) -> String {
    let units = [(1e9, "G"), (1e6, "M"), (1e3, "k")];
    // What rounds up to 1000 of one unit belongs to the next.
    match units.into_iter().find(|(size, _)| count as f64 >= 0.9995 * size) {
        Some((size, unit)) => format!("{}{unit}", three_digits(count as f64 / size)),
        None => count.to_string(),
    }
}

/// A share in percent: `31 %`, `0.4 %`, `0 %`.
///
/// ```
/// use goodhart_report::numbers::percent;
///
/// assert_eq!([percent(0.312), percent(0.004), percent(0.0), percent(1.0)], ["31 %", "0.4 %", "0 %", "100 %"]);
/// ```
pub fn percent(share: f64) -> String {
    let percent = 100.0 * share;
    if percent == 0.0 || percent >= 9.95 { format!("{percent:.0} %") } else { format!("{percent:.1} %") }
}

/// A value with two digits behind the point, or in scientific form when it would read as 0.
///
/// ```
/// use goodhart_report::numbers::value;
///
/// assert_eq!([value(0.5), value(63.0), value(0.00042)], ["0.50", "63", "4.2e-4"]);
/// ```
pub fn value(value: f64) -> String {
    match value.abs() {
        0.0 => "0".to_owned(),
        size if size < 0.005 => format!("{value:.1e}"),
        size if size >= 10.0 => format!("{value:.0}"),
        _ => format!("{value:.2}"),
    }
}

/// A probability with three digits behind the point, or in scientific form when it would read as 0.
///
/// ```
/// use goodhart_report::numbers::probability;
///
/// assert_eq!([probability(0.0417), probability(1.0), probability(0.00042)], ["0.042", "1", "4.2e-4"]);
/// ```
pub fn probability(p: f64) -> String {
    match p {
        1.0 => "1".to_owned(),
        p if p < 0.0005 => format!("{p:.1e}"),
        p => format!("{p:.3}"),
    }
}

/// Bytes with three digits: `2.86 MB`, in powers of 1000.
///
/// ```
/// use goodhart_report::numbers::bytes;
///
/// assert_eq!([bytes(830), bytes(2_863_000)], ["830 B", "2.86 MB"]);
/// ```
pub fn bytes(count: u64) -> String {
    match tokens(count) {
        short if short.ends_with(|c: char| c.is_ascii_digit()) => format!("{short} B"),
        short => format!("{} {}B", &short[..short.len() - 1], &short[short.len() - 1..]),
    }
}

/// A count with its noun: `1 session`, `2,400 sessions`.
///
/// ```
/// use goodhart_report::numbers::count;
///
/// assert_eq!([count(1, "session"), count(2400, "session")], ["1 session", "2,400 sessions"]);
/// ```
pub fn count(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// Digits in groups of three: `225,000`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let head = digits.len() % 3;
    let mut groups: Vec<&str> = (head..digits.len()).step_by(3).map(|at| &digits[at..at + 3]).collect();
    if head > 0 {
        groups.insert(0, &digits[..head]);
    }
    groups.join(",")
}

fn three_digits(value: f64) -> String {
    match value {
        value if value < 9.995 => format!("{value:.2}"),
        value if value < 99.95 => format!("{value:.1}"),
        value => format!("{value:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{grouped, percent, tokens, value};

    #[test]
    fn rounding_moves_on_to_the_next_unit() {
        assert_eq!([tokens(999), tokens(999_499), tokens(999_500)], ["999", "999k", "1.00M"]);
        assert_eq!(tokens(u64::MAX), "18446744074G");
        assert_eq!([percent(0.0994), percent(0.0996)], ["9.9 %", "10 %"]);
    }

    #[test]
    fn small_values_do_not_read_as_nothing() {
        assert_eq!([value(0.0049), value(-0.0001), value(0.0)], ["4.9e-3", "-1.0e-4", "0"]);
    }

    #[test]
    fn digits_are_grouped_from_the_right() {
        assert_eq!([0, 12, 123, 1234, 1_234_567].map(grouped), ["0", "12", "123", "1,234", "1,234,567"]);
    }
}
