//! What a chat message looks like, told by a sketch of it.

use serde_json::Value;

/// Whether this is a list that holds a chat message of any dialect.
pub(crate) fn is_messages(value: &Value) -> bool {
    value.as_array().is_some_and(|messages| messages.iter().any(is_message))
}

/// Whether this is a chat message of any dialect.
pub(crate) fn is_message(message: &Value) -> bool {
    let has = |key| message.get(key).is_some_and(Value::is_string);
    let any = |keys: &[&str]| keys.iter().any(|key| message.get(key).is_some());
    let spoken = has("role") && any(&["content", "parts", "tool_calls", "function_call"]);
    let framed = has("type") && any(&["data", "kwargs", "call_id"]);
    spoken || has("from") && has("value") || framed || is_pydantic_ai(message) || is_autogen(message)
}

fn is_pydantic_ai(message: &Value) -> bool {
    let kind = message.get("kind").and_then(Value::as_str);
    let parts = message.get("parts").and_then(Value::as_array);
    matches!(kind, Some("request" | "response")) && parts.is_some_and(|parts| parts.iter().any(has_part_kind))
}

fn has_part_kind(part: &Value) -> bool {
    part.get("part_kind").is_some()
}

fn is_autogen(message: &Value) -> bool {
    let has = |key| message.get(key).is_some_and(Value::is_string);
    has("type") && has("source") && message.get("models_usage").is_some() && message.get("content").is_some()
}
