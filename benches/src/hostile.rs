//! Hostile input at full size, written piece by piece.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use goodhart_readers::walk;

/// Opens a file of the case's folder.
pub type Open<'a> = dyn FnMut(&str) -> io::Result<BufWriter<File>> + 'a;

/// One kind of hostile input.
pub struct Case {
    /// What it is.
    pub name: &'static str,
    /// Writes its files.
    pub make: fn(&Path, &mut Open<'_>) -> io::Result<()>,
}

const MB: usize = 1 << 20;

/// Just below the cap on lines, so that all of it is read.
const LONG: usize = 60 * MB;

/// Every case.
pub const CASES: &[Case] = &[
    Case { name: "nothing but the sound session", make: |_, _| Ok(()) },
    Case { name: "line of 200 MB", make: |_, open| line(open, 200 * MB, true) },
    Case { name: "first line of 200 MB", make: |_, open| line(open, 200 * MB, false) },
    Case { name: "4 GB of NUL", make: |folder, _| File::create(folder.join("nul.jsonl"))?.set_len(4 << 30) },
    Case { name: "200,000 levels", make: |_, open| framed(open, |out| out.write_all(&levels(200_000))) },
    Case { name: "arguments of 30 million levels", make: |_, open| arguments(open, &levels(LONG / 2)) },
    Case { name: "arguments of 30 million numbers", make: |_, open| arguments(open, &numbers()) },
    Case { name: "arguments of 10 million words", make: |_, open| arguments(open, &quoted(&words())) },
    Case { name: "result of 60 MB of words", make: |_, open| result(open, &words()) },
    Case { name: "result of 60 MB on one line", make: |_, open| result(open, &"x".repeat(LONG)) },
    Case { name: "result of 15 million lines", make: |_, open| result(open, &"a\\n".repeat(LONG / 3)) },
    Case { name: "lone surrogates", make: |_, open| result(open, &r"\ud800".repeat(LONG / 6)) },
    Case { name: "backslashes", make: |_, open| result(open, &r"\\".repeat(LONG / 2)) },
    Case { name: "4 million messages", make: |_, open| messages(open) },
    Case { name: "1 million unknown records", make: |_, open| unknown(open) },
    Case { name: "300,000 sessions of one line", make: |_, open| sessions(open) },
    Case { name: "300,000 calls without results", make: |_, open| calls(open) },
    Case { name: "gzip bomb of 17 GB", make: |_, open| bomb(open, "bomb.jsonl.gz", gzip) },
    Case { name: "zstd bomb of 17 GB", make: |_, open| bomb(open, "bomb.jsonl.zst", zstd) },
    Case { name: "3,000 files of noise", make: |_, open| noise(open) },
    Case { name: "links in circles", make: |folder, _| links(folder) },
    Case { name: "200 mutants of logs", make: |_, open| mutants(open) },
];

/// A sound session of one line, which asks the same question again and again.
pub fn good(id: &str) -> String {
    let ask = |n| {
        format!(
            r#",{{"role":"assistant","tool_calls":[{{"id":"{id}-{n}","function":{{"name":"status","arguments":"{{}}"}}}}]}},{{"role":"tool","tool_call_id":"{id}-{n}","content":"nothing new"}}"#
        )
    };
    let asked: String = (0..12).map(ask).collect();
    format!(r#"{{"session_id":"{id}","messages":[{{"role":"user","content":"go"}}{asked}]}}"#) + "\n"
}

/// A record between two sound ones.
fn framed(
    open: &mut Open<'_>,
    record: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> io::Result<()> {
    let mut out = open("case.jsonl")?;
    out.write_all(good("before").as_bytes())?;
    record(&mut out)?;
    out.write_all(b"\n")?;
    out.write_all(good("after").as_bytes())?;
    out.flush()
}

fn line(open: &mut Open<'_>, length: usize, later: bool) -> io::Result<()> {
    let mut out = open("case.jsonl")?;
    let sound = good("before");
    out.write_all(if later { sound.as_bytes() } else { b"" })?;
    out.write_all(b"{\"messages\":\"")?;
    let piece = [b'x'; 1 << 16];
    for _ in 0..length / piece.len() {
        out.write_all(&piece)?;
    }
    out.write_all(b"\"}\n")?;
    out.write_all(good("after").as_bytes())?;
    out.flush()
}

fn levels(count: usize) -> Vec<u8> {
    [vec![b'['; count], vec![b']'; count]].concat()
}

fn numbers() -> Vec<u8> {
    let mut list = b"[0".to_vec();
    (1..LONG / 2).for_each(|_| list.extend_from_slice(b",0"));
    list.push(b']');
    list
}

fn words() -> String {
    (0..LONG / 6).map(|n| format!("{:05x} ", n & 0xF_FFFF)).collect()
}

fn quoted(text: &str) -> Vec<u8> {
    format!("\"{text}\"").into_bytes()
}

/// A call with these arguments.
fn arguments(open: &mut Open<'_>, json: &[u8]) -> io::Result<()> {
    framed(open, |out| {
        out.write_all(br#"{"session_id":"large","messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":"#)?;
        out.write_all(json)?;
        out.write_all(
            br#"}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":"ok"}]}]}"#,
        )
    })
}

/// A call with this result, given as the inside of a JSON string.
fn result(open: &mut Open<'_>, text: &str) -> io::Result<()> {
    framed(open, |out| {
        out.write_all(br#"{"session_id":"large","messages":[{"role":"assistant","tool_calls":[{"id":"t","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"t","content":""#)?;
        out.write_all(text.as_bytes())?;
        out.write_all(br#""}]}"#)
    })
}

fn messages(open: &mut Open<'_>) -> io::Result<()> {
    framed(open, |out| {
        out.write_all(br#"{"session_id":"large","messages":[{}"#)?;
        (0..4_000_000).try_for_each(|_| out.write_all(br#",{"role":"ai"}"#))?;
        out.write_all(b"]}")
    })
}

/// Lines of a transcript.
fn transcript(open: &mut Open<'_>, count: u32, line: impl Fn(u32) -> String) -> io::Result<()> {
    let mut out = open("case.jsonl")?;
    out.write_all(br#"{"type":"user","uuid":"u","sessionId":"s","message":{"role":"user","content":"go"}}"#)?;
    (0..count).try_for_each(|n| writeln!(out).and_then(|()| out.write_all(line(n).as_bytes())))?;
    out.write_all(b"\n")?;
    out.flush()
}

fn unknown(open: &mut Open<'_>) -> io::Result<()> {
    transcript(open, 1_000_000, |n| format!(r#"{{"type":"kind-{n}"}}"#))
}

fn sessions(open: &mut Open<'_>) -> io::Result<()> {
    transcript(open, 300_000, |n| {
        format!(
            r#"{{"type":"assistant","uuid":"u-{n}","sessionId":"s-{n}","message":{{"id":"m-{n}","content":[{{"type":"text","text":"part {n}"}}]}}}}"#
        )
    })
}

fn calls(open: &mut Open<'_>) -> io::Result<()> {
    transcript(open, 300_000, |n| {
        format!(
            r#"{{"type":"assistant","uuid":"u-{n}","sessionId":"s","message":{{"id":"m","content":[{{"type":"tool_use","id":"t-{n}","name":"f","input":{{"n":{n}}}}}]}}}}"#
        )
    })
}

/// A sound session, then blank lines without end: members after each other are one stream.
fn bomb(open: &mut Open<'_>, name: &str, pack: fn(&[u8]) -> io::Result<Vec<u8>>) -> io::Result<()> {
    let mut out = open(name)?;
    out.write_all(&pack(good("before").as_bytes())?)?;
    let member = pack(&vec![b'\n'; 64 * MB])?;
    (0..17 * 16).try_for_each(|_| out.write_all(&member))?;
    out.flush()
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn zstd(bytes: &[u8]) -> io::Result<Vec<u8>> {
    zstd::encode_all(bytes, 3)
}

fn noise(open: &mut Open<'_>) -> io::Result<()> {
    let mut state = 7_u64;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..3000).try_for_each(|n| {
        let bytes: Vec<u8> = [1].into_iter().chain(std::iter::repeat_with(&mut next)).take(20_000).collect();
        open(&format!("{n}.json"))?.write_all(&bytes)
    })
}

/// Logs with up to 40 bits of them turned: those of the corpora where they are at hand, else the samples.
fn mutants(open: &mut Open<'_>) -> io::Result<()> {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../datasets/sample/projects");
    let corpora =
        std::env::var_os("GOODHART_CORPORA").map_or_else(|| "../shared/corpora".into(), PathBuf::from);
    let real = corpora.join("native/entire_external_agents");
    let files = walk(&[if real.is_dir() { real } else { sample.into() }]).map_err(io::Error::other)?.files;
    let logs = files.iter().map(|path| unpacked(path)).collect::<io::Result<Vec<_>>>()?;
    let mut state = 3_usize;
    let mut below = |end: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % end
    };
    (0..200).try_for_each(|n| {
        let mut bytes = logs[n % logs.len()].clone();
        for _ in 0..=n % 40 {
            let at = below(bytes.len());
            bytes[at] ^= 1 << below(8);
        }
        open(&format!("{n}.jsonl"))?.write_all(&bytes)
    })
}

fn unpacked(path: &Path) -> io::Result<Vec<u8>> {
    let bytes = std::fs::read(path)?;
    if path.extension().is_some_and(|end| end == "zst") { zstd::decode_all(&bytes[..]) } else { Ok(bytes) }
}

#[cfg(unix)]
fn links(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::symlink;
    (0..200).try_for_each(|n| {
        let inner = folder.join(format!("{n}"));
        std::fs::create_dir(&inner)?;
        symlink(folder, inner.join("up"))?;
        symlink(inner.join("self.jsonl"), inner.join("self.jsonl"))
    })
}

#[cfg(not(unix))]
fn links(_: &Path) -> io::Result<()> {
    Ok(())
}
