//! Spans of a trace, whichever way they were written down: OTLP requests, nested trees, plain lists, one a line.
//!
//! What a span *means* is the business of the format that asks; this file only finds spans, gives all of them the same
//! form and puts them into one order: by start, then by id.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::tree::Tree;

/// One span with its attributes under dotted names.
#[derive(Debug, Default)]
pub(crate) struct Span<'a> {
    pub(crate) id: Cow<'a, str>,
    pub(crate) parent: Option<Cow<'a, str>>,
    pub(crate) trace: Cow<'a, str>,
    pub(crate) name: Option<Cow<'a, str>>,
    /// What stands under `span_kind`: of the network in OTLP, of the agent in tables of spans.
    pub(crate) kind: Option<Cow<'a, str>>,
    /// `service.name` of the resource.
    pub(crate) service: Option<Cow<'a, str>>,
    /// Nanoseconds since 1970.
    pub(crate) start: Option<i128>,
    pub(crate) end: Option<i128>,
    pub(crate) attributes: Attributes<'a>,
    /// Whether it failed, where its status or an exception says so.
    pub(crate) failed: Option<bool>,
    /// What the exception or the status says.
    pub(crate) complaint: Option<Cow<'a, str>>,
    /// Line and byte of the record that holds it.
    pub(crate) place: (u64, u64),
}

/// Every span below a record, in the order of the record.
pub(crate) fn spans<'a>(record: &Tree<'a>, place: (u64, u64)) -> Vec<Span<'a>> {
    let mut found = Vec::new();
    gather(record, None, place, &mut found);
    found
}

/// Sorts by start, then id, and drops spans that were exported twice.
pub(crate) fn in_order<'a>(mut spans: Vec<Span<'a>>) -> Vec<Span<'a>> {
    let mut known = BTreeSet::new();
    spans.retain(|span| known.insert((span.trace.clone(), span.id.clone())));
    spans.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    spans
}

/// Spans around a span at most. Whoever stands deeper, or in a circle, has no parent.
const DEEPEST: usize = 256;

/// For every span the index of its parent, where that is known.
pub(crate) fn parents(spans: &[Span<'_>]) -> Vec<Option<usize>> {
    let index: HashMap<(&str, &str), usize> =
        spans.iter().enumerate().map(|(at, span)| ((&*span.trace, &*span.id), at)).collect();
    let parent = |span: &Span<'_>| index.get(&(&*span.trace, span.parent.as_deref()?)).copied();
    let mut parents: Vec<Option<usize>> = spans.iter().map(parent).collect();
    for at in 0..parents.len() {
        if ancestors(&parents, at).take(DEEPEST + 1).count() > DEEPEST {
            parents[at] = None;
        }
    }
    parents
}

/// The spans around a span, the nearest first.
pub(crate) fn ancestors(parents: &[Option<usize>], at: usize) -> impl Iterator<Item = usize> {
    std::iter::successors(parents[at], |&at| parents[at])
}

/// Names under which lists of spans, or of what holds them, are written.
const HOLDERS: &[&str] = &[
    "resourceSpans",
    "resource_spans",
    "scopeSpans",
    "scope_spans",
    "instrumentationLibrarySpans",
    "spans",
    "child_spans",
];

fn gather<'a>(tree: &Tree<'a>, service: Option<&Cow<'a, str>>, place: (u64, u64), found: &mut Vec<Span<'a>>) {
    tree.items().iter().for_each(|item| gather(item, service, place, found));
    let own = tree.get(&["resource"]).map_or_else(|| Attributes::of(tree, RESOURCE), Attributes::of_holder);
    let own = own.get("service.name").or_else(|| tree.text(&["service_name"]));
    let service = own.as_ref().or(service);
    if let Some(span) = Span::of(tree, place) {
        found.push(Span { service: service.cloned(), ..span });
    }
    for holder in HOLDERS {
        if let Some(inner) = tree.get(&[holder]) {
            gather(inner, service, place, found);
        }
    }
}

const RESOURCE: &[&str] = &["resource_attributes"];
const ATTRIBUTES: &[&str] = &["attributes", "span_attributes", "Attributes"];

impl<'a> Span<'a> {
    fn of(tree: &Tree<'a>, place: (u64, u64)) -> Option<Self> {
        let context = tree.get(&["context"]).unwrap_or(tree);
        let id = context.text(&["spanId", "span_id"])?;
        let mut attributes = Attributes::of(tree, ATTRIBUTES);
        attributes.flatten_columns(tree);
        let parent = tree.text(&["parentSpanId", "parent_span_id", "parent_id"]);
        let time = |names: &[&str]| tree.text(names).and_then(|time| nanoseconds(&time));
        let start = time(&["startTimeUnixNano", "start_time_unix_nano", "start_time", "timestamp"]);
        let duration = tree.text(&["duration"]).and_then(|text| text.parse::<jiff::SignedDuration>().ok());
        let lasted = start.zip(duration).map(|(start, duration)| start.saturating_add(duration.as_nanos()));
        let exception = tree.get(&["events"]).and_then(exception);
        Some(Span {
            id,
            parent: parent.filter(|id| id.bytes().any(|byte| byte != b'0')),
            trace: context.text(&["traceId", "trace_id"]).unwrap_or_default(),
            name: tree.text(&["name", "span_name"]),
            kind: tree.text(&["span_kind"]),
            service: None,
            start,
            end: time(&["endTimeUnixNano", "end_time_unix_nano", "end_time"]).or(lasted),
            attributes,
            failed: if exception.is_some() { Some(true) } else { status(tree) },
            complaint: exception.flatten().or_else(|| status_message(tree)),
            place,
        })
    }
}

/// Whether the status says that the span failed; unset says nothing.
fn status(tree: &Tree<'_>) -> Option<bool> {
    let code =
        tree.text(&["status_code"]).or_else(|| tree.get(&["status"])?.text(&["code", "status_code"]))?;
    let code = code.to_ascii_uppercase();
    match code.trim_start_matches("STATUS_CODE_") {
        "2" | "ERROR" => Some(true),
        "1" | "OK" => Some(false),
        _ => None,
    }
}

fn status_message<'a>(tree: &Tree<'a>) -> Option<Cow<'a, str>> {
    let message = tree.text(&["status_message"]).or_else(|| tree.get(&["status"])?.text(&["message"]));
    message.filter(|text| !text.is_empty())
}

/// Of the first exception among the events: its message.
fn exception<'a>(events: &Tree<'a>) -> Option<Option<Cow<'a, str>>> {
    let is_exception =
        |event: &&Tree<'a>| event.text(&["name", "Name"]).is_some_and(|name| name == "exception");
    let event = events.items().iter().find(is_exception)?;
    Some(Attributes::of(event, ATTRIBUTES).get("exception.message"))
}

/// RFC 3339 text, or a number since 1970 in seconds, milliseconds, microseconds or nanoseconds, told by its size.
fn nanoseconds(time: &str) -> Option<i128> {
    if let Ok(number) = time.parse::<i128>() {
        let sizes = [(11, 1_000_000_000), (14, 1_000_000), (17, 1_000)];
        let scale =
            sizes.iter().find(|(digits, _)| number < 10_i128.pow(*digits)).map_or(1, |(_, scale)| *scale);
        return Some(number.saturating_mul(scale)).filter(|&time| time > 0);
    }
    let instant = time.parse::<jiff::Timestamp>().or_else(|_| {
        let local = time.parse::<jiff::civil::DateTime>()?;
        jiff::tz::Offset::UTC.to_timestamp(local)
    });
    instant.ok().map(jiff::Timestamp::as_nanosecond).filter(|&time| time > 0)
}

/// Attributes by dotted name: `llm.output_messages.0.message.role`. Flat, nested and mixed layouts, and the typed
/// key-value lists of OTLP, come out the same. A name may carry a value and be the beginning of others.
#[derive(Debug, Default)]
pub(crate) struct Attributes<'a>(BTreeMap<Cow<'a, str>, Cow<'a, str>>);

/// What instrumentations write in place of content that they were told to keep out.
const MASKED: &str = "__REDACTED__";

impl<'a> Attributes<'a> {
    fn of(tree: &Tree<'a>, names: &[&str]) -> Self {
        let mut all = Attributes::default();
        if let Some(attributes) = tree.get(names) {
            all.insert(Cow::Borrowed(""), attributes);
        }
        all
    }

    fn of_holder(holder: &Tree<'a>) -> Self {
        Attributes::of(holder, &["attributes"])
    }

    /// Tables of spans have one column an attribute: `attributes.llm.model_name`; the kind has its own.
    fn flatten_columns(&mut self, tree: &Tree<'a>) {
        let Tree::Map(columns) = tree else { return };
        for (name, value) in columns {
            if let Some(name) = name.strip_prefix("attributes.") {
                self.insert(Cow::Owned(name.to_owned()), value);
            }
        }
    }

    fn insert(&mut self, name: Cow<'a, str>, value: &Tree<'a>) {
        match value {
            Tree::Null => {}
            Tree::Text(text) => {
                self.0.entry(name).or_insert_with(|| text.clone());
            }
            Tree::List(items) if items.iter().any(is_key_value) => self.insert_pairs(&name, items),
            Tree::List(items) => {
                items
                    .iter()
                    .enumerate()
                    .for_each(|(at, item)| self.insert(join(&name, &at.to_string()), item));
            }
            Tree::Map(entries) => match typed(entries) {
                Some(value) => self.insert_typed(name, value),
                None => entries.iter().for_each(|(key, item)| self.insert(join_key(&name, key), item)),
            },
        }
    }

    fn insert_pairs(&mut self, prefix: &str, pairs: &[Tree<'a>]) {
        for pair in pairs {
            if let (Some(key), Some(value)) = (pair.text(&["key"]), pair.get(&["value"])) {
                self.insert(join_key(prefix, &key), value);
            }
        }
    }

    /// A value of OTLP: lists and objects lie one level deeper, under `values`.
    fn insert_typed(&mut self, name: Cow<'a, str>, value: &Tree<'a>) {
        self.insert(name, value.get(&["values"]).unwrap_or(value));
    }

    /// The value of a name, unless it is empty or masked.
    pub(crate) fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.peek(name)?;
        self.0.get(name).cloned()
    }

    /// The same, borrowed.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(AsRef::as_ref).filter(|text| !text.is_empty() && *text != MASKED)
    }

    /// The first of these that has a value.
    pub(crate) fn first(&self, names: &[&str]) -> Option<Cow<'a, str>> {
        names.iter().find_map(|name| self.get(name))
    }

    /// The numbers that follow a prefix, in order: lists may have gaps.
    pub(crate) fn indices(&self, prefix: &str) -> Vec<usize> {
        let below = self.0.range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded));
        let below = below.map_while(|(name, _)| name.strip_prefix(prefix));
        let numbers = below.filter_map(|rest| rest.split('.').next()?.parse().ok());
        numbers.collect::<BTreeSet<usize>>().into_iter().collect()
    }
}

fn is_key_value(item: &Tree<'_>) -> bool {
    matches!(item, Tree::Map(entries) if entries.len() <= 2) && item.text(&["key"]).is_some()
}

/// The value of an OTLP `AnyValue`, which is an object of one entry.
fn typed<'t, 'a>(entries: &'t [(Cow<'a, str>, Tree<'a>)]) -> Option<&'t Tree<'a>> {
    const TYPES: &[&str] =
        &["stringValue", "boolValue", "intValue", "doubleValue", "arrayValue", "kvlistValue", "bytesValue"];
    match entries {
        [(key, value)] if TYPES.contains(&key.as_ref()) => Some(value),
        _ => None,
    }
}

fn join<'a>(prefix: &str, name: &str) -> Cow<'a, str> {
    if prefix.is_empty() { Cow::Owned(name.to_owned()) } else { Cow::Owned(format!("{prefix}.{name}")) }
}

fn join_key<'a>(prefix: &str, key: &Cow<'a, str>) -> Cow<'a, str> {
    if prefix.is_empty() { key.clone() } else { join(prefix, key) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Vec<Span<'_>> {
        in_order(spans(&serde_json::from_str(json).unwrap(), (1, 0)))
    }

    #[test]
    fn every_layout_of_a_span_comes_out_the_same() {
        let layouts = [
            r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"svc"}}]},"scopeSpans":[{"spans":[{"traceId":"t","spanId":"a","parentSpanId":"","startTimeUnixNano":"1772442000000000000","attributes":[{"key":"llm.model_name","value":{"stringValue":"m"}},{"key":"llm.output_messages.2.message.role","value":{"stringValue":"assistant"}},{"key":"n","value":{"intValue":"5"}},{"key":"l","value":{"arrayValue":{"values":[{"stringValue":"x"}]}}}],"status":{"code":2,"message":"boom"}}]}]}]}"#,
            r#"{"trace_id":"t","spans":[{"trace_id":"t","span_id":"a","parent_span_id":null,"timestamp":"2026-03-02T09:00:00Z","service_name":"svc","status_code":"Error","status_message":"boom","span_attributes":{"llm.model_name":"m","llm.output_messages.2.message.role":"assistant","n":5,"l":["x"]},"child_spans":[]}]}"#,
            r#"[{"context":{"trace_id":"t","span_id":"a"},"start_time":1772442000,"status_code":"STATUS_CODE_ERROR","status_message":"boom","resource":{"attributes":{"service.name":"svc"}},"attributes":{"llm":{"model_name":"m","output_messages":[null,null,{"message":{"role":"assistant"}}]},"n":5.0,"l":["x"]}}]"#,
            r#"{"context.x":1,"trace_id":"t","span_id":"a","start_time":1772442000000,"resource_attributes":{"service.name":"svc"},"attributes.llm.model_name":"m","attributes.llm.output_messages":[{},{},{"message.role":"assistant"}],"attributes.n":5,"attributes.l":["x"],"status":{"status_code":"ERROR","message":"boom"}}"#,
        ];
        for layout in layouts {
            let spans = parse(layout);
            let [span] = &spans[..] else { panic!("expected one span, found {}", spans.len()) };
            assert_eq!((span.id.as_ref(), span.trace.as_ref(), &span.parent), ("a", "t", &None), "{layout}");
            assert_eq!(span.start, Some(1_772_442_000_000_000_000), "{layout}");
            assert_eq!((span.failed, span.complaint.as_deref()), (Some(true), Some("boom")), "{layout}");
            assert_eq!(span.service.as_deref(), Some("svc"), "{layout}");
            let get = |name| span.attributes.get(name);
            assert_eq!(get("llm.model_name").as_deref(), Some("m"), "{layout}");
            assert_eq!(get("llm.output_messages.2.message.role").as_deref(), Some("assistant"), "{layout}");
            assert_eq!(span.attributes.indices("llm.output_messages."), [2], "{layout}");
            assert!(get("n").is_some_and(|n| n.starts_with('5')), "{layout}");
            assert_eq!(get("l.0").as_deref(), Some("x"), "{layout}");
        }
    }

    #[test]
    fn order_is_by_start_and_id_and_copies_are_dropped() {
        let json = r#"[{"span_id":"c","start_time":2000},{"span_id":"b","start_time":1000},{"span_id":"a","start_time":2000},{"span_id":"c","start_time":2000}]"#;
        let spans = parse(json);
        let ids: Vec<&str> = spans.iter().map(|span| span.id.as_ref()).collect();
        assert_eq!(ids, ["b", "a", "c"]);
    }

    #[test]
    fn spans_that_contain_each_other_are_no_endless_chain() {
        let spans = parse(
            r#"[{"span_id":"a","parent_id":"b"},{"span_id":"b","parent_id":"a"},{"span_id":"c","parent_id":"c"},{"span_id":"d","parent_id":"c"}]"#,
        );
        let parents = parents(&spans);
        assert!((0..4).all(|at| ancestors(&parents, at).count() <= 2));
        assert_eq!(parents[3], Some(2));
    }

    #[test]
    fn masked_and_empty_values_are_absent() {
        let spans = parse(r#"{"span_id":"a","attributes":{"x":"__REDACTED__","y":"","z":"1"}}"#);
        let attributes = &spans[0].attributes;
        assert_eq!((attributes.get("x"), attributes.get("y")), (None, None));
        assert_eq!(attributes.first(&["x", "y", "z"]).as_deref(), Some("1"));
    }
}
