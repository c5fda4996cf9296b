//! What no compiler checks, and nobody should have to remember in a review.
//!
//! A rule is a function from the tree to problems. Each has a small tree beside it that breaks it, because a check
//! that cannot fail is worth nothing. A problem says where, what, and what to do.

mod crates;
mod docs;
mod generated;
mod source;

use crate::tree::Tree;

/// What is wrong: a path, a line when there is one, and a sentence.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    path: String,
    line: Option<usize>,
    sentence: String,
}

impl Problem {
    fn in_file(path: &str, sentence: impl Into<String>) -> Problem {
        Problem { path: path.to_owned(), line: None, sentence: sentence.into() }
    }

    /// `line` counts from 0, as `enumerate` does.
    fn in_line(path: &str, line: usize, sentence: impl Into<String>) -> Problem {
        Problem { path: path.to_owned(), line: Some(line + 1), sentence: sentence.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.path, self.sentence),
            None => write!(f, "{}: {}", self.path, self.sentence),
        }
    }
}

type Rule = fn(&Tree) -> Vec<Problem>;

/// Every rule there is.
const RULES: &[Rule] = &[
    crates::arrows,
    crates::purity,
    crates::manifests,
    source::opening_words,
    source::nothing_unfinished,
    source::sql_in_stores,
    generated::migrations_in_pairs,
    generated::protocol_index,
    generated::lock_file_names_no_host,
    docs::links,
    docs::changelog,
    docs::events,
    docs::settings,
];

/// Everything that is wrong with the tree.
pub fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems: Vec<Problem> = RULES.iter().flat_map(|rule| rule(tree)).collect();
    problems.sort();
    problems
}

/// Problems for people, one a line.
pub fn report(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
    format!("{}\n{} things are not tidy.", lines.join("\n"), lines.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_repository_is_tidy() {
        let tree = Tree::read(&crate::root()).unwrap();
        assert!(tree.exists("crates/model/src/lib.rs"), "the tree was read from another place");
        let problems = check(&tree);
        assert!(problems.is_empty(), "\n{}", report(&problems));
    }

    /// Runs one rule on a small tree and compares the problems, one a line.
    pub(super) fn check_rule(rule: Rule, files: &[(&str, &str)], expected: &[&str]) {
        let mut problems = rule(&Tree::of(files));
        problems.sort();
        let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        assert_eq!(lines, expected);
    }
}
