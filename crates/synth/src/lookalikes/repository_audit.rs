//! L10b: an audit of the whole repository.
//!
//! **Looks like** G06: nearly everything is loaded.
//! **Benign evidence**: every file once, searches for what the files say, and a list of findings that names them.
//! **Expected**: `ok`.

use crate::class::{Class, Difficulty};
use crate::desk::Desk;
use crate::project::base_name;

pub(crate) const CLASS: Class =
    Class::lookalike("L10b", "repository audit: every file once, findings listed file by file", recipe);

fn recipe(d: &mut Desk, _: Difficulty) {
    let concern = d.phrase("part");
    d.prompt(format!(
        "audit the whole repository for problems with the {concern}. list what you find, file by file"
    ));
    let packages = d.project.sources();
    if let Some(first) = packages.first() {
        let folder = first.split('/').next().unwrap_or_default().to_owned();
        d.glob(&folder);
    }
    let mut findings = String::new();
    for path in packages {
        audit(d, &path, &mut findings);
    }
    d.write(&format!("docs/audit-{}.md", concern.replace(' ', "-")), format!("# Audit\n\n{findings}"));
    let sentences = d.dice.between(6, 16);
    d.explain(sentences);
}

fn audit(d: &mut Desk, path: &str, findings: &mut String) {
    d.remark("look");
    d.read(path);
    d.move_on();
    if d.dice.chance(0.35) {
        let needle = d.topic.function.clone();
        d.remark("seek");
        d.grep(&needle);
    }
    if d.dice.chance(0.3) {
        let tests = d.project.test_file(path);
        d.read(&tests);
    }
    if d.dice.chance(0.6) {
        let finding = d.phrase("finding");
        if d.dice.chance(0.3) {
            d.say(format!("{}: {finding}.", base_name(path)));
        }
        findings.push_str(&format!("## {path}\n\n{finding}. {}\n\n", d.phrase("claim")));
    }
}
