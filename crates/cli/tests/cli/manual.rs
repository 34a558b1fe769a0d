//! The manual's generated pages are what the program says. `UPDATE=1 cargo test -p goodhart-cli` writes them.

use crate::support::{assert_committed, goodhart};

#[test]
fn the_catalog_is_printed_from_the_registries() {
    assert_committed("docs/catalog.md", &goodhart(&["catalog"]).stdout);
    assert_committed("docs/issues.md", &goodhart(&["catalog", "issues"]).stdout);
}

/// The whole command reference, so that a changed flag shows up in review.
#[test]
fn the_reference_is_the_help_of_every_command() {
    let commands =
        ["", "scan", "explain", "inspect", "steps", "features", "fit", "baseline", "evaluate", "catalog"];
    let below = ["baseline show", "baseline compare", "baseline merge"];
    let top = goodhart(&["--help"]).stdout;
    let listed =
        top.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let listed: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(listed, [&commands[1..], &["help"]].concat());
    let page = |command: &&str| {
        let arguments: Vec<&str> = command.split_whitespace().chain(["--help"]).collect();
        let run = goodhart(&arguments);
        assert_eq!(run.code, 0);
        let title = format!("goodhart {command}");
        let help: Vec<&str> = run.stdout.lines().map(str::trim_end).collect();
        format!("\n## `{}`\n\n```text\n{}\n```\n", title.trim_end(), help.join("\n").trim_end())
    };
    let intro = "# Command reference\n\nPrinted by `goodhart help`; a test compares.\n";
    assert_committed(
        "docs/reference.md",
        &(intro.to_owned() + &commands.iter().chain(&below).map(page).collect::<String>()),
    );
}
