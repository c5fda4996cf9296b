//! What stands in source files, and what does not.

use super::Problem;
use crate::tree::Tree;

/// Every Rust file opens with what it is for.
pub(super) fn opening_words(tree: &Tree) -> Vec<Problem> {
    let silent = tree.texts("", ".rs").filter(|(_, text)| !text.starts_with("//! "));
    silent.map(|(path, _)| Problem::in_line(path, 0, "Open the file with `//!` and what it is for.")).collect()
}

/// Nothing is left for later, and no test is switched off.
pub(super) fn nothing_unfinished(tree: &Tree) -> Vec<Problem> {
    // Put together here, so that this file does not find itself.
    let rust = [concat!("todo", "!("), concat!("unimplemented", "!("), concat!("#[", "ignore"), concat!("FIX", "ME")];
    let script: Vec<String> = ["test", "it", "describe"]
        .iter()
        .flat_map(|block| ["only", "skip", "fixme", "todo"].map(|how| format!("{block}.{how}(")))
        .chain([concat!("FIX", "ME").to_owned()])
        .collect();
    let mut problems = Vec::new();
    for (path, text) in tree.texts("", ".rs") {
        find(&mut problems, path, text, &rust);
    }
    for ending in [".ts", ".mjs", ".svelte"] {
        for (path, text) in tree.texts("web/", ending) {
            find(&mut problems, path, text, &script);
        }
    }
    problems
}

fn find(problems: &mut Vec<Problem>, path: &str, text: &str, unwanted: &[impl AsRef<str>]) {
    for (number, line) in text.lines().enumerate() {
        for word in unwanted.iter().map(AsRef::as_ref) {
            let whole = |at: usize| !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if line.find(word).is_some_and(whole) {
                problems.push(Problem::in_line(
                    path,
                    number,
                    format!("`{word}` is for a working copy: finish it, or file an issue."),
                ));
            }
        }
    }
}

/// SQL stands in files named `store.rs`, one function per statement, and in the crates that make databases.
pub(super) fn sql_in_stores(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    let elsewhere = |path: &str| {
        !["crates/store/", "crates/testkit/", "xtask/"].iter().any(|folder| path.starts_with(folder))
            && !path.ends_with("/store.rs")
    };
    for (path, text) in tree.texts("", ".rs").filter(|(path, _)| elsewhere(path)) {
        for (number, line) in text.lines().enumerate() {
            if is_sql(line) {
                problems.push(Problem::in_line(
                    path,
                    number,
                    "SQL stands in the slice's `store.rs`: make it a function there.",
                ));
            }
        }
    }
    problems
}

/// A statement that begins in this line: the `sql!` macro, or a text that opens like one, all lower or all upper
/// case. A sentence for people opens otherwise.
fn is_sql(line: &str) -> bool {
    let opens = |word: &str, later: &str| {
        let at = line.find(&format!("\"{word} "));
        at.is_some_and(|at| line[at..].contains(later))
    };
    let statements = [
        ("select", ""),
        ("insert", " into "),
        ("delete", " from "),
        ("update", " set "),
        ("create", " table "),
        ("pragma", ""),
    ];
    let opening =
        |(word, later): (&str, &str)| opens(word, later) || opens(&word.to_uppercase(), &later.to_uppercase());
    line.contains("sql!(") || statements.into_iter().any(opening)
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    #[test]
    fn a_silent_file() {
        check_rule(
            opening_words,
            &[("crates/model/src/a.rs", "use std::fmt;"), ("crates/model/src/b.rs", "//! For b.\nuse std::fmt;")],
            &["crates/model/src/a.rs:1: Open the file with `//!` and what it is for."],
        );
    }

    #[test]
    fn unfinished_work() {
        let rust = concat!("//! A.\nfn a() { todo", "!() }\n#[", "ignore = \"slow\"]\nfn b() {}");
        let script = concat!("test", ".only('x', () => {});\nsubmit.skip(1);");
        check_rule(
            nothing_unfinished,
            &[("crates/a.rs", rust), ("web/e2e/a.ts", script)],
            &[
                concat!("crates/a.rs:2: `todo", "!(` is for a working copy: finish it, or file an issue."),
                concat!("crates/a.rs:3: `#[", "ignore` is for a working copy: finish it, or file an issue."),
                concat!("web/e2e/a.ts:1: `test", ".only(` is for a working copy: finish it, or file an issue."),
            ],
        );
    }

    #[test]
    fn sql_in_a_handler() {
        let handler = "//! H.\nlet rows = tx.all(sql!(\"x\"), ());\nlet text = \"Select a person.\";\nlet q = \"DELETE FROM accounts\";\nlet u = \"update messages set body = $1\";";
        check_rule(
            sql_in_stores,
            &[
                ("crates/server/src/chat/post_message.rs", handler),
                ("crates/server/src/chat/store.rs", "//! S.\nsql!(\"select 1\")"),
                ("crates/store/src/sqlite.rs", "//! S.\n\"pragma x\""),
            ],
            &[
                "crates/server/src/chat/post_message.rs:2: SQL stands in the slice's `store.rs`: make it a function there.",
                "crates/server/src/chat/post_message.rs:4: SQL stands in the slice's `store.rs`: make it a function there.",
                "crates/server/src/chat/post_message.rs:5: SQL stands in the slice's `store.rs`: make it a function there.",
            ],
        );
    }
}
