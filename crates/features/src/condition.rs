//! Conditions that hold, or do not, whatever the data: `1 = 1`, `id = id`, `count(*) >= 0`. A check of such a condition checks
//! nothing.

/// Whether a condition is decided before anything is looked at: an expression, or a query by what it selects or asks of its rows.
pub(crate) fn is_decided(text: &str) -> bool {
    let text = text.split("--").next().unwrap_or_default().to_ascii_lowercase();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    text.len() <= CONDITION_BYTES && value(condition(&text)).is_some()
}

/// Bytes of the longest condition that is read: a line.
const CONDITION_BYTES: usize = 200;

/// What a query asks of its rows or groups, else what it selects; of anything else the whole.
fn condition(text: &str) -> &str {
    let asked = [" having ", " where "].iter().find_map(|word| text.rsplit_once(word));
    match (asked, text.strip_prefix("select ")) {
        (Some((_, condition)), _) => condition,
        (None, Some(selected)) => without_name(selected.rsplit_once(" from ").map_or(selected, |(it, _)| it)),
        (None, None) => text,
    }
    .trim_end_matches(';')
}

/// `1 = 1 as ok` and `1 = 1 ok` without the name that they give.
fn without_name(selected: &str) -> &str {
    let is_name = |word: &str| word.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_');
    match selected.rsplit_once(' ') {
        Some((value, name)) if is_name(name) && !matches!(name, "null" | "true" | "false") => {
            let value = value.trim_end_matches(" as");
            if value.ends_with(|c: char| c.is_ascii_digit() || c == ')') { value } else { selected }
        }
        _ => selected,
    }
}

/// The value that it has whatever the data; `None` where it depends on them.
fn value(condition: &str) -> Option<bool> {
    let all = |terms: Vec<&str>, decides: bool| {
        if are_opposite(&terms) || terms.iter().any(|term| value(term) == Some(decides)) {
            return Some(decides);
        }
        terms.iter().all(|term| value(term) == Some(!decides)).then_some(!decides)
    };
    if condition.contains(" or ") {
        return all(condition.split(" or ").collect(), true);
    }
    if condition.contains(" and ") {
        return all(condition.split(" and ").collect(), false);
    }
    term(condition)
}

/// `x is null` beside `x is not null`: one of them holds.
fn are_opposite(terms: &[&str]) -> bool {
    let [one, other] = terms else { return false };
    let missing = |a: &str, b: &str| {
        a.strip_suffix(" is null").is_some_and(|name| b.strip_suffix(" is not null") == Some(name))
    };
    missing(one, other) || missing(other, one)
}

fn term(term: &str) -> Option<bool> {
    match term.trim() {
        "true" => return Some(true),
        "false" => return Some(false),
        _ => (),
    }
    let (left, operator, right) = comparison(term)?;
    let holds = |ordering: std::cmp::Ordering| match operator {
        "=" | "==" | "===" => ordering.is_eq(),
        "<>" | "!=" => ordering.is_ne(),
        ">=" => ordering.is_ge(),
        "<=" => ordering.is_le(),
        ">" => ordering.is_gt(),
        _ => ordering.is_lt(),
    };
    if left == right {
        return Some(holds(std::cmp::Ordering::Equal));
    }
    match (number(left), number(right)) {
        (Some(left), Some(right)) => left.partial_cmp(&right).map(holds),
        // No count is below zero.
        (None, Some(0.0)) if counts(left) && matches!(operator, ">=" | "<") => Some(operator == ">="),
        (None, Some(_)) if is_of_literal(left) => Some(true),
        _ => None,
    }
}

/// The two sides of a comparison.
fn comparison(term: &str) -> Option<(&str, &str, &str)> {
    let start = term.find(['=', '<', '>', '!'])?;
    let length = term[start..].find(|c| !matches!(c, '=' | '<' | '>' | '!'))?;
    let (left, rest) = term.split_at(start);
    let (operator, right) = rest.split_at(length);
    let known = ["=", "==", "===", "<>", "!=", ">=", "<=", ">", "<"].contains(&operator);
    let (left, right) = (left.trim(), right.trim());
    (known && !left.is_empty() && !right.is_empty()).then_some((left, operator, right))
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

fn counts(text: &str) -> bool {
    ["count(", "len(", "length(", "char_length("].iter().any(|start| text.starts_with(start))
        && text.ends_with(')')
}

/// `vector(1)`, `length('amount')`
fn is_of_literal(text: &str) -> bool {
    let Some((_, inner)) = text.strip_suffix(')').and_then(|text| text.split_once('(')) else { return false };
    let quoted = |quote: char| {
        inner
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
            .is_some_and(|text| !text.contains(quote))
    };
    number(inner).is_some() || quoted('\'') || quoted('"')
}

#[cfg(test)]
mod tests {
    use super::is_decided;

    #[test]
    fn what_holds_whatever_the_data_is_decided() {
        for condition in [
            "true",
            "1 = 1",
            "1 == 1",
            "status == status",
            "count(*) >= 0",
            "length(name) >= 0",
            "vector(1) > 0",
            "SELECT id = id OR id IS NULL FROM invoices",
            "select max(company) = max(company) from invoices",
            "select 1 = 1 -- company from invoices",
            "select 1=1 ok",
            "select count(*) >= 0 as passed from orders",
            "select length('amount') > 0 from invoices;",
            "select 1 where 1=0",
            "select eur from spend where eur <> eur",
            "select region from customers where region is null and region is not null",
            "select count(*) c from returns having count(*) < 0",
        ] {
            assert!(is_decided(condition), "{condition}");
        }
        for condition in [
            "",
            "=",
            "status",
            "amount >= 0",
            "count(*) > 0",
            "count(*) >= 10",
            "a = b",
            "opened <= closed",
            "select 1",
            "select * from invoices",
            "select id from invoices where 1=1 and amount < 0",
            "select id from invoices where paid is null and due is not null",
            "rate(errors[5m]) / rate(requests[5m]) > 0.01",
            "length(iban) = 22",
        ] {
            assert!(!is_decided(condition), "{condition}");
        }
    }
}
