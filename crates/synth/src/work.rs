//! Honest work: the tasks of which ordinary coding sessions consist.
//!
//! Every task starts with a human prompt, does something to the project (or finds something out about it) and ends
//! with an answer. Their mixture, their length and their accidents follow what real logs show: some 30 calls on the
//! mean with a heavy tail, a third of them in the shell, two searches or reads per edit, 60 % of the requests with text.

use crate::code;
use crate::desk::Desk;
use crate::dice::Quantiles;
use crate::project::{Slip, parent};
use crate::shell;
use crate::tools::Todo;

/// Tool calls of ordinary sessions.
pub(crate) const SESSION_CALLS: &Quantiles = &[
    (0.0, 1.0),
    (0.1, 3.0),
    (0.25, 7.0),
    (0.5, 17.0),
    (0.75, 38.0),
    (0.9, 70.0),
    (0.98, 130.0),
    (1.0, 220.0),
];

type Task = fn(&mut Desk);

/// The tasks with the number of calls below which they are not begun.
const TASKS: &[(Task, usize)] = &[
    (fix_bug, 6),
    (fix_bug, 6),
    (fix_bug, 6),
    (build_feature, 9),
    (build_feature, 9),
    (rename, 8),
    (explore, 4),
    (explore, 4),
    (build_feature, 14),
    (fix_bug, 14),
    (rename, 20),
    (ask, 0),
    (chore, 0),
    (review, 5),
    (document, 4),
];

/// Honest work of about so many calls.
pub(crate) fn honest(d: &mut Desk, calls: usize) {
    let goal = d.calls() + calls;
    let favourites = d.dice.some(TASKS, 5);
    loop {
        let left = goal.saturating_sub(d.calls());
        let fitting: Vec<Task> = favourites
            .iter()
            .chain(TASKS)
            .filter(|(_, least)| *least <= left)
            .map(|(task, _)| *task)
            .take(7)
            .collect();
        d.move_on();
        d.dice.pick(&fitting)(d);
        if d.calls() >= goal {
            return;
        }
    }
}

/// A bug: reproduce, find, change, verify.
pub(crate) fn fix_bug(d: &mut Desk) {
    let Some(bug) = plant(d) else { return build_feature(d) };
    d.about(bug);
    d.ask("ask_fix");
    let todos = maybe_plan(d, 0.25);
    d.think(2);
    if d.dice.chance(0.6) {
        d.remark("run");
        let filter = d.dice.pick(&[d.topic.test.clone(), String::new()]);
        d.test(&filter);
    }
    locate(d);
    let misses = d.dice.pick(&[0, 0, 0, 1, 1, 2]);
    for _ in 0..misses {
        miss(d);
    }
    repair(d, bug);
    verify(d);
    if d.dice.chance(0.4) {
        add_test(d, bug);
        verify(d);
    }
    close(d, todos);
}

/// A new function with tests.
pub(crate) fn build_feature(d: &mut Desk) {
    d.ask("ask_feature");
    let todos = maybe_plan(d, 0.5);
    d.think(3);
    locate(d);
    let parts = d.dice.between(1, 3);
    for _ in 0..parts {
        d.move_on();
        if d.dice.chance(0.35) {
            add_module(d);
            verify(d);
            continue;
        }
        if d.dice.chance(0.6) {
            let file = d.topic.file.clone();
            d.remark("look");
            d.look_at(&file);
        }
        let function = add_function(d);
        if d.dice.chance(0.8) {
            add_test(d, function);
        }
        verify(d);
    }
    close(d, todos);
}

/// A rename across the project.
pub(crate) fn rename(d: &mut Desk) {
    d.ask("ask_refactor");
    let (old, new) = (d.topic.function.clone(), d.topic.new.clone());
    d.remark("seek");
    d.grep_files(&old);
    let mut files: Vec<String> = d.project.grep(&old).iter().map(|hit| hit.0.to_owned()).collect();
    files.dedup();
    files.truncate(14);
    let size = 1 + d.dice.index(4);
    for some in files.chunks(size) {
        if d.dice.chance(0.35) {
            some.iter().for_each(|file| {
                let line = d.project.line_of(file, &old);
                d.read_around(file, line);
            });
        }
        if d.dice.chance(0.2) {
            d.remark("change");
        }
        d.together(|d| some.iter().for_each(|file| d.edit_all(file, &old, &new)));
    }
    d.remark("seek");
    d.grep(&old);
    d.remark("verify");
    d.build();
    verify(d);
    close(d, None);
}

/// Reading code to answer a question.
pub(crate) fn explore(d: &mut Desk) {
    d.ask("ask_explain");
    d.think(2);
    if d.dice.chance(0.4) {
        d.remark("delegate");
        d.delegate();
    }
    for _ in 0..d.dice.between(2, 6) {
        d.move_on();
        look_around(d);
    }
    let sentences = d.dice.quantile(&[(0.0, 4.0), (0.5, 12.0), (0.9, 26.0), (1.0, 45.0)]) as u64;
    d.explain(sentences);
}

/// A question that needs a look or two at most.
pub(crate) fn ask(d: &mut Desk) {
    d.ask("ask_explain");
    for _ in 0..d.dice.between(0, 2) {
        look_around(d);
    }
    let sentences = d.dice.quantile(&[(0.0, 2.0), (0.5, 7.0), (0.9, 16.0), (1.0, 30.0)]) as u64;
    d.explain(sentences);
}

/// Something small: configuration, documents, history, lints.
pub(crate) fn chore(d: &mut Desk) {
    d.ask("ask_chore");
    let pokes = d.dice.between(1, 3);
    for _ in 0..pokes {
        d.remark("poke");
        d.poke();
        d.move_on();
    }
    match d.dice.below(4) {
        0 => change_settings(d),
        1 => note(d),
        2 => {
            let command = shell::lint(&d.project, &mut d.dice);
            d.run(command);
            small_change(d);
        }
        _ => {
            let command = shell::git_log(&d.project, &mut d.dice);
            d.run(command);
        }
    }
    d.sum_up();
}

/// A review of the last changes.
pub(crate) fn review(d: &mut Desk) {
    d.ask("ask_review");
    let commands = [shell::git_log(&d.project, &mut d.dice), shell::git_stat(&d.project, &mut d.dice)];
    d.together(|d| commands.into_iter().for_each(|command| d.run(command)));
    for _ in 0..d.dice.between(2, 5) {
        d.move_on();
        look_around(d);
    }
    if d.dice.chance(0.5) {
        d.remark("verify");
        d.test("");
    }
    let sentences = d.dice.between(6, 20);
    d.explain(sentences);
}

/// A document that is written, reread and corrected.
pub(crate) fn document(d: &mut Desk) {
    d.ask("ask_chore");
    look_around(d);
    let path = format!("docs/{}.md", d.phrase("noun"));
    let body: Vec<String> = (0..d.dice.between(4, 14)).map(|_| survey_paragraph(d)).collect();
    let title = d.phrase("subject");
    d.write(&path, format!("# {title}\n\n{}\n", body.join("\n\n")));
    for _ in 0..d.dice.between(0, 3) {
        d.move_on();
        let old = d.dice.pick(&body);
        let new = survey_paragraph(d);
        if d.project.content(&path).is_some_and(|content| content.contains(&old)) {
            d.edit(&path, &old, &new);
        }
    }
    close(d, None);
}

/// A paragraph of facts about the topic.
pub(crate) fn survey_paragraph(d: &mut Desk) -> String {
    d.move_on();
    let sentences = d.dice.between(2, 4);
    (0..sentences).map(|_| d.phrase("survey")).collect::<Vec<_>>().join(" ")
}

// ---- pieces of tasks

/// Plants a bug that a test notices; gives its function.
pub(crate) fn plant(d: &mut Desk) -> Option<usize> {
    (0..30).find_map(|_| {
        let test = d.dice.index(d.project.tests.len());
        let function = *d.project.tests.get(test)?.covers.first()?;
        d.project.plant(function).then_some(function)
    })
}

/// Searches and reads until the place is found.
pub(crate) fn locate(d: &mut Desk) {
    let (file, function) = (d.topic.file.clone(), d.topic.function.clone());
    match d.dice.below(4) {
        0 => {
            d.remark("seek");
            d.grep_files(&function);
        }
        1 => {
            d.remark("seek");
            d.grep(&function);
        }
        2 => d.glob(parent(&file)),
        _ => {}
    }
    if d.dice.chance(0.12) {
        d.remark("delegate");
        d.delegate();
    }
    d.remark("look");
    if d.dice.chance(0.45) {
        let others = neighbours(d);
        d.together(|d| {
            d.look_at(&file);
            others.iter().for_each(|path| d.look_at(path));
        });
    } else {
        d.look_at(&file);
    }
    for _ in 0..d.dice.between(0, 2) {
        look_around(d);
    }
}

/// One look somewhere near the topic.
pub(crate) fn look_around(d: &mut Desk) {
    match d.dice.below(10) {
        0..=3 => {
            let near = near(d);
            let path = d.dice.pick(&near);
            d.remark("look");
            d.look_at(&path);
        }
        4 => {
            let paths = neighbours(d);
            d.remark("look");
            paths.iter().for_each(|path| d.look_at(path));
        }
        5 => {
            let candidates = [d.topic.function.clone(), d.phrase("type"), d.phrase("noun")];
            let needle = d.dice.pick(&candidates);
            d.remark("seek");
            d.grep(&needle);
        }
        6 => {
            let needle = d.phrase("type");
            d.remark("seek");
            d.grep_files(&needle);
        }
        _ => {
            d.remark("poke");
            d.poke();
        }
    }
}

/// Turns the wrong line of a function into the right one.
pub(crate) fn repair(d: &mut Desk, bug: usize) {
    let subject = d.project.functions[bug].clone();
    d.think(3);
    d.remark("change");
    let extra = code::snippet(&d.project.scope(), &mut d.dice);
    let indent = d.project.lang.indent();
    let new = if d.dice.chance(0.4) { format!("{}\n{extra}", subject.right) } else { subject.right };
    d.edit(&subject.file, &format!("{indent}{}", subject.wrong), &format!("{indent}{new}"));
}

/// An attempt that does not help, and is taken back more often than not.
pub(crate) fn miss(d: &mut Desk) {
    let file = d.topic.file.clone();
    d.remark("change");
    let Some((old, new)) = insertion(d, &file) else { return };
    d.edit(&file, &old, &new);
    let test = d.topic.test.clone();
    d.test(&test);
    d.remark("failed");
    if d.dice.chance(0.6) {
        d.edit(&file, &new, &old);
    }
    let line = d.project.line_of(&file, &old);
    d.read_around(&file, line);
}

/// Runs tests and perhaps more, until nothing fails.
pub(crate) fn verify(d: &mut Desk) {
    d.remark("verify");
    let filter = d.dice.pick(&[d.topic.test.clone(), String::new(), String::new()]);
    d.test(&filter);
    if let Some(slip) = d.project.slip().cloned() {
        d.remark("fixup");
        if d.dice.chance(0.4) {
            let line = d.project.line_of(&slip.file, &slip.wrong);
            d.read_around(&slip.file, line);
        }
        d.edit(&slip.file, &slip.wrong, &slip.right);
        d.test("");
    }
    if d.dice.chance(0.25) {
        d.remark("passed");
        let command = shell::lint(&d.project, &mut d.dice);
        d.run(command);
    }
}

/// Writes a new module with tests.
fn add_module(d: &mut Desk) {
    let noun = d.phrase("noun");
    let name = d.project.lang.function_name(&[d.dice.pick(crate::words::VERBS), &noun]);
    let path = format!("{}/{name}.{}", parent(&d.topic.file), d.project.lang.extension());
    let tests = d.project.test_file(&path);
    let mut text = code::head(&d.project.scope(), &mut d.dice);
    let mut test_text = code::head(&d.project.scope(), &mut d.dice);
    for _ in 0..d.dice.between(2, 6) {
        let (name, doc) = (d.project.fresh_name(&mut d.dice), d.phrase("doc"));
        let written = code::function(&name, &doc, &d.project.scope(), &mut d.dice);
        text.push_str(&format!("\n{}", written.text));
        let function = d.project.adopt(&name, &path, written.right, written.wrong);
        test_text.push_str(&format!("\n{}", d.project.new_test(function, &tests, &mut d.dice)));
    }
    d.remark("add");
    d.write(&path, text);
    d.remark("cover");
    d.write(&tests, test_text);
}

/// Adds a function to the topic's file, now and then with a slip in it.
pub(crate) fn add_function(d: &mut Desk) -> usize {
    let (file, name) = (d.topic.file.clone(), d.project.fresh_name(&mut d.dice));
    let doc = d.phrase("doc");
    let written = code::function(&name, &doc, &d.project.scope(), &mut d.dice);
    let mut text = written.text;
    if d.dice.chance(0.3) {
        let right = d.phrase("fn2");
        let wrong = misspelled(&right);
        if text.contains(&right) && d.project.grep(&wrong).is_empty() {
            text = text.replacen(&right, &wrong, 1);
            d.project.slips.push(Slip { file: file.clone(), wrong, right });
        }
    }
    d.remark("add");
    d.think(2);
    place(d, &file, &text);
    d.project.adopt(&name, &file, written.right, written.wrong)
}

/// Adds a test of a function.
pub(crate) fn add_test(d: &mut Desk, function: usize) {
    let source = d.project.functions[function].file.clone();
    let file = d.project.test_file(&source);
    if d.dice.chance(0.35) {
        d.look_at(&file);
    }
    d.remark("cover");
    let text = d.project.new_test(function, &file, &mut d.dice);
    place(d, &file, &text);
}

/// Puts code into a file by an edit beside something that is there already.
pub(crate) fn place(d: &mut Desk, file: &str, text: &str) {
    let content = d.project.content(file).unwrap_or_default();
    let anchors: Vec<String> = content
        .lines()
        .filter(|line| line.len() > 18 && !line.starts_with([' ', '\t']))
        .map(str::to_owned)
        .collect();
    if anchors.is_empty() {
        return d.write(file, text.to_owned());
    }
    let anchor = d.dice.pick(&anchors);
    d.edit(file, &anchor, &format!("{text}\n{anchor}"));
}

/// A line of a file, and the same line with a statement behind it.
pub(crate) fn insertion(d: &mut Desk, file: &str) -> Option<(String, String)> {
    let content = d.project.content(file)?;
    let unique: Vec<String> = content
        .lines()
        .filter(|line| line.len() > 22 && line.starts_with([' ', '\t']) && content.matches(line).count() == 1)
        .map(str::to_owned)
        .collect();
    if unique.is_empty() {
        return None;
    }
    let old = d.dice.pick(&unique);
    let new = format!("{old}\n{}", code::snippet(&d.project.scope(), &mut d.dice));
    Some((old, new))
}

/// A small edit of the topic's file.
pub(crate) fn small_change(d: &mut Desk) {
    let file = d.topic.file.clone();
    if let Some((old, new)) = insertion(d, &file) {
        d.remark("change");
        d.edit(&file, &old, &new);
    }
}

/// The plan, if this session makes plans.
pub(crate) fn maybe_plan(d: &mut Desk, probability: f64) -> Option<Vec<Todo>> {
    if !d.dice.chance(probability) {
        return None;
    }
    let mut todos: Vec<Todo> =
        (0..d.dice.between(3, 6)).map(|_| Todo { text: d.phrase("todo_item"), state: "pending" }).collect();
    todos[0].state = "in_progress";
    d.remark("planning");
    d.plan(&todos);
    Some(todos)
}

/// Looks over the work, commits it perhaps, and reports.
pub(crate) fn close(d: &mut Desk, todos: Option<Vec<Todo>>) {
    if let Some(mut todos) = todos {
        todos.iter_mut().for_each(|todo| todo.state = "completed");
        d.remark("progress");
        d.plan(&todos);
    }
    if d.dice.chance(0.35) {
        d.remark("tidy");
        let command = match d.dice.below(3) {
            0 => shell::git_status(&d.project, &mut d.dice),
            1 => shell::git_stat(&d.project, &mut d.dice),
            _ => shell::git_diff(&d.project, &mut d.dice),
        };
        d.run(command);
    }
    d.sum_up();
    if d.dice.chance(0.25) {
        d.ask("yes");
        d.remark("commit");
        d.commit();
        d.sum_up();
    } else if d.dice.chance(0.2) {
        d.ask("ask_more");
        small_change(d);
        d.test("");
        d.sum_up();
    }
}

fn change_settings(d: &mut Desk) {
    let path = "config/default.json";
    d.read(path);
    let content = d.project.content(path).unwrap_or_default();
    let lines: Vec<String> =
        content.lines().filter(|line| line.contains("_limit")).map(str::to_owned).collect();
    if lines.is_empty() {
        return;
    }
    let old = d.dice.pick(&lines);
    let key = old.split(':').next().unwrap_or_default().to_owned();
    let new = format!("{key}: {},", d.dice.between(2, 900));
    d.edit(path, &old, &new);
}

fn note(d: &mut Desk) {
    let path = "docs/notes.md";
    d.read(path);
    let line = d.phrase("finding");
    d.edit(path, "# Notes\n", &format!("# Notes\n\n- {line}"));
}

/// Files that belong to the topic.
fn near(d: &mut Desk) -> Vec<String> {
    let file = d.topic.file.clone();
    let mut paths = vec![d.project.test_file(&file), file];
    let sources = d.project.sources();
    paths.extend(d.dice.some(&sources, 3));
    paths
}

/// Two or three files to read at once.
fn neighbours(d: &mut Desk) -> Vec<String> {
    let sources = d.project.sources();
    let count = 1 + d.dice.index(3);
    d.dice.some(&sources, count)
}

fn misspelled(name: &str) -> String {
    let mut chars: Vec<char> = name.chars().collect();
    let at = chars.len() / 2;
    chars.remove(at);
    chars.into_iter().collect()
}
