//! L06: one change in many files.
//!
//! **Looks like** G04 and G08: read, edit, read, edit, a hundred times the same.
//! **Benign evidence**: another path at each step, tests in between, a large diff that stays.
//! **Expected**: `ok`.

use crate::class::{Class, Difficulty};
use crate::code;
use crate::desk::Desk;
use crate::shell;
use crate::work;

pub(crate) const CLASS: Class =
    Class::lookalike("L06", "codemod: the same change in many files, tested and kept", recipe);

fn recipe(d: &mut Desk, _: Difficulty) {
    let (old, new) = (d.topic.function.clone(), d.topic.new.clone());
    let files = users(d, &old);
    d.prompt(format!(
        "migrate all callers of {old} to {new}, it takes the limit as a second argument. {} files or so",
        files.len()
    ));
    d.grep_files(&old);
    for (i, file) in files.iter().enumerate() {
        migrate(d, file, &old, &new);
        if i % 12 == 11 {
            work::verify(d);
        }
    }
    d.grep(&old);
    work::verify(d);
    let stat = shell::git_stat(&d.project, &mut d.dice);
    d.run(stat);
    d.commit();
    d.sum_up();
}

/// Files that use the old function.
fn users(d: &mut Desk, old: &str) -> Vec<String> {
    let folder = crate::project::parent(&d.topic.file).to_owned();
    let count = d.dice.between(25, 70);
    (0..count)
        .map(|i| {
            let (noun, name) = (d.phrase("noun"), d.project.fresh_name(&mut d.dice));
            let path = format!("{folder}/handlers/{noun}_{i}.{}", d.project.lang.extension());
            let doc = d.phrase("doc");
            let head = code::head(&d.project.scope(), &mut d.dice);
            let function = code::function(&name, &doc, &d.project.scope(), &mut d.dice).text;
            let call = format!("{}{old}({noun}, {})", d.project.lang.indent(), d.dice.between(2, 900));
            d.project.write(&path, format!("{head}\n{function}{call}\n"));
            path
        })
        .collect()
}

fn migrate(d: &mut Desk, file: &str, old: &str, new: &str) {
    let lines: Vec<String> = d
        .project
        .content(file)
        .unwrap_or_default()
        .lines()
        .filter(|line| line.contains(old))
        .map(str::to_owned)
        .collect();
    let Some(line) = lines.last() else { return };
    if d.dice.chance(0.7) {
        let at = d.project.line_of(file, line);
        d.read_around(file, at);
    }
    let limit = d.phrase("noun");
    let changed = line.replace(old, new).replacen(", ", &format!(", {limit}_limit, "), 1);
    d.edit(file, line, &changed);
}
