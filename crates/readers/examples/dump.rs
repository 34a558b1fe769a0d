//! tmp
#![allow(clippy::print_stdout)]
use goodhart_readers::*;
use goodhart_trace::*;
use std::collections::BTreeMap;
#[derive(Default)]
struct T { kinds: BTreeMap<String, u64>, issues: BTreeMap<(IssueKind,String), (u64,String)>, req: BTreeMap<(String,String), Usage>, sess: BTreeMap<String,u64>, err: u64, bytes: u64, path: String }
impl Sink for T {
    fn event(&mut self, e: Event<'_>) {
        *self.kinds.entry(format!("{:?}", e.kind)).or_default() += 1;
        *self.sess.entry(e.session.to_string()).or_default() += 1;
        if e.error == Some(true) { self.err += 1; }
        if let Some(u) = e.usage { let k = (e.session.to_string(), e.request.as_deref().unwrap_or("").to_owned()); let o = self.req.entry(k).or_default(); if u.total() >= o.total() { *o = u; } }
    }
    fn issue(&mut self, i: Issue) { let p = self.path.clone(); let e = self.issues.entry((i.kind, i.detail.clone())).or_insert((0, format!("{p}: {i}"))); e.0 += 1; }
}
fn main() {
    let per = std::env::var("PER").is_ok();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let w = walk(&args).unwrap();
    let mut all = T::default();
    let t0 = std::time::Instant::now();
    for (n, f) in w.files.iter().enumerate() {
        let mut t = T::default();
        t.path = f.display().to_string();
        let s = read_file(f, n as u32, &Options::default(), &mut t).unwrap();
        all.bytes += std::fs::metadata(f).unwrap().len();
        let mut u = Usage::default(); for x in t.req.values() { u.add(x); }
        if per { println!("{} {:?} req={} in={} cr={} cw={} out={} reas={:?} err={} sess={} {:?}", f.file_name().unwrap().to_string_lossy(), s.format.unwrap_or("-"), t.req.len(), u.input, u.cache_read, u.cache_write, u.output, u.reasoning, t.err, t.sess.len(), t.kinds); }
        for (k, v) in t.kinds { *all.kinds.entry(k).or_default() += v; }
        for (k, v) in t.issues { all.issues.entry(k).or_insert((0, v.1)).0 += v.0; }
        all.err += t.err;
    }
    println!("{} files {} walk issues; {:?} err={} {:.1} MB {:.2}s", w.files.len(), w.issues.len(), all.kinds, all.err, all.bytes as f64/1e6, t0.elapsed().as_secs_f64());
    for ((_k, _d), (n, e)) in &all.issues { println!("{n} {e}"); }
}
