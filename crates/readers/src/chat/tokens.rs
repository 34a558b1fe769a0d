//! What the providers call their token counts, and which of them include the cache.

use goodhart_trace::Usage;
use serde::Deserialize;

use crate::json::{Count, Field, Notes, Object};

/// Usage as the APIs of OpenAI, Anthropic, Gemini, Bedrock, DeepSeek, LangChain, Pydantic AI and Vercel state it.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Tokens {
    // OpenAI, DeepSeek, AutoGen
    prompt_tokens: Field<Count>,
    completion_tokens: Field<Count>,
    prompt_tokens_details: Field<Object<Details>>,
    completion_tokens_details: Field<Object<Details>>,
    prompt_cache_hit_tokens: Field<Count>,
    // OpenAI Responses, Anthropic, LangChain, Pydantic AI
    input_tokens: Field<Count>,
    output_tokens: Field<Count>,
    input_tokens_details: Field<Object<Details>>,
    output_tokens_details: Field<Object<Details>>,
    cache_read_input_tokens: Field<Count>,
    cache_creation_input_tokens: Field<Count>,
    input_token_details: Field<Object<Details>>,
    output_token_details: Field<Object<Details>>,
    request_tokens: Field<Count>,
    response_tokens: Field<Count>,
    cache_read_tokens: Field<Count>,
    cache_write_tokens: Field<Count>,
    details: Field<Object<Details>>,
    // Bedrock, Vercel
    #[serde(rename = "inputTokens")]
    input: Field<Count>,
    #[serde(rename = "outputTokens")]
    output: Field<Count>,
    #[serde(rename = "cacheReadInputTokens")]
    read: Field<Count>,
    #[serde(rename = "cacheWriteInputTokens")]
    written: Field<Count>,
    #[serde(rename = "cachedInputTokens")]
    cached: Field<Count>,
    #[serde(rename = "reasoningTokens")]
    reasoning: Field<Count>,
    // Gemini
    #[serde(rename = "promptTokenCount")]
    prompt: Field<Count>,
    #[serde(rename = "cachedContentTokenCount")]
    cached_content: Field<Count>,
    #[serde(rename = "candidatesTokenCount")]
    candidates: Field<Count>,
    #[serde(rename = "thoughtsTokenCount")]
    thoughts: Field<Count>,
    #[serde(rename = "toolUsePromptTokenCount")]
    tool_use: Field<Count>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Details {
    cached_tokens: Field<Count>,
    cache_read: Field<Count>,
    cache_creation: Field<Count>,
    reasoning: Field<Count>,
    reasoning_tokens: Field<Count>,
}

impl Tokens {
    /// The four classes. With Anthropic and Bedrock the input excludes the cache, elsewhere it includes it, also where a
    /// proxy states the counts of Anthropic beside `prompt_tokens`; with Gemini the output excludes the thoughts.
    pub(crate) fn classes(self, notes: &mut Notes<'_>) -> Usage {
        let inclusive = self.prompt_tokens.as_ref().is_some();
        let mut first = |name: &str, fields: Vec<Field<Count>>| {
            fields.into_iter().filter_map(|field| field.count(name, notes)).next()
        };
        let Object(inputs) =
            one_of([self.input_tokens_details, self.prompt_tokens_details, self.input_token_details]);
        let Object(outputs) = one_of([
            self.output_tokens_details,
            self.completion_tokens_details,
            self.output_token_details,
            self.details,
        ]);
        let beside_read =
            first("usage.cache_read_input_tokens", vec![self.cache_read_input_tokens, self.read]);
        let beside_written =
            first("usage.cache_creation_input_tokens", vec![self.cache_creation_input_tokens, self.written]);
        let within_read = vec![
            inputs.cached_tokens,
            inputs.cache_read,
            self.prompt_cache_hit_tokens,
            self.cache_read_tokens,
            self.cached,
            self.cached_content,
        ];
        let within_read = first("usage.cached_tokens", within_read);
        let within_written =
            first("usage.cache_write_tokens", vec![inputs.cache_creation, self.cache_write_tokens]);
        let input = vec![self.input_tokens, self.prompt_tokens, self.request_tokens, self.input, self.prompt];
        let input = first("usage.input_tokens", input).unwrap_or(0);
        let tool_use = first("usage.toolUsePromptTokenCount", vec![self.tool_use]).unwrap_or(0);
        let output = vec![
            self.output_tokens,
            self.completion_tokens,
            self.response_tokens,
            self.output,
            self.candidates,
        ];
        let output = first("usage.output_tokens", output).unwrap_or(0);
        let thoughts = first("usage.thoughtsTokenCount", vec![self.thoughts]);
        let reasoning = vec![outputs.reasoning_tokens, outputs.reasoning, self.reasoning];
        let reasoning = first("usage.reasoning_tokens", reasoning).or(thoughts);
        let output = output + thoughts.unwrap_or(0);
        if !inclusive && (beside_read.is_some() || beside_written.is_some()) {
            let (cache_read, cache_write) = (beside_read.unwrap_or(0), beside_written.unwrap_or(0));
            return Usage { input: input + tool_use, cache_read, cache_write, output, reasoning };
        }
        let cache_read = within_read.or(beside_read).unwrap_or(0).min(input);
        let cache_write = within_written.or(beside_written).unwrap_or(0).min(input - cache_read);
        Usage {
            input: input - cache_read - cache_write + tool_use,
            cache_read,
            cache_write,
            output,
            reasoning,
        }
    }
}

/// The first of these that is there.
fn one_of<const N: usize>(fields: [Field<Object<Details>>; N]) -> Object<Details> {
    fields.into_iter().find_map(Field::quiet).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Collect;
    use goodhart_trace::Position;

    fn usage(json: &str) -> Usage {
        let mut sink = Collect::default();
        let mut notes = Notes { sink: &mut sink, position: Position::default() };
        let tokens: Tokens = serde_json::from_str(json).unwrap();
        let usage = tokens.classes(&mut notes);
        assert_eq!(sink.issues, []);
        usage
    }

    /// By hand: each states 100 tokens of input, of which 40 were read from the cache, and 9 of output.
    #[test]
    fn usage_by_the_convention_of_its_source() {
        let expected = Usage { input: 60, cache_read: 40, cache_write: 0, output: 9, reasoning: Some(3) };
        for json in [
            r#"{"prompt_tokens":100,"prompt_tokens_details":{"cached_tokens":40},"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":3}}"#,
            r#"{"input_tokens":100,"input_tokens_details":{"cached_tokens":40},"output_tokens":9,"output_tokens_details":{"reasoning_tokens":3}}"#,
            r#"{"input_tokens":60,"cache_read_input_tokens":40,"output_tokens":9,"output_tokens_details":{"reasoning_tokens":3}}"#,
            r#"{"promptTokenCount":100,"cachedContentTokenCount":40,"candidatesTokenCount":6,"thoughtsTokenCount":3}"#,
            r#"{"inputTokens":100,"cachedInputTokens":40,"outputTokens":9,"reasoningTokens":3}"#,
            r#"{"input_tokens":100,"cache_read_tokens":40,"output_tokens":9,"details":{"reasoning_tokens":3}}"#,
            r#"{"prompt_tokens":100,"cache_read_input_tokens":40,"completion_tokens":9,"completion_tokens_details":{"reasoning_tokens":3}}"#,
            r#"{"prompt_tokens":100,"input_tokens":100,"prompt_cache_hit_tokens":40,"output_tokens":9,"completion_tokens":9,"details":{"reasoning_tokens":3}}"#,
        ] {
            assert_eq!(usage(json), expected, "{json}");
        }
        let bedrock = usage(
            r#"{"inputTokens":60,"outputTokens":9,"cacheReadInputTokens":40,"cacheWriteInputTokens":2}"#,
        );
        assert_eq!((bedrock.input, bedrock.cache_read, bedrock.cache_write), (60, 40, 2));
        let absurd = usage(r#"{"prompt_tokens":10,"prompt_tokens_details":{"cached_tokens":40}}"#);
        assert_eq!((absurd.input, absurd.cache_read), (0, 10));
    }
}
