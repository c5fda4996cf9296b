//! Pages that must be true today.

use std::collections::BTreeSet;

use super::Problem;
use crate::tree::Tree;

/// Relative links of Markdown pages lead to files, and to headings that are there.
pub(super) fn links(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in tree.texts("", ".md") {
        for (number, target) in links_of(text) {
            let (file, heading) =
                target.split_once('#').map_or((target, None), |(file, heading)| (file, Some(heading)));
            let Some(file) = resolve(path, file) else {
                problems.push(Problem::in_line(
                    path,
                    number,
                    format!("The link `{target}` leads out of the repository."),
                ));
                continue;
            };
            if !tree.exists(&file) {
                problems.push(Problem::in_line(path, number, format!("The link `{target}` leads nowhere.")));
            } else if let Some(heading) = heading
                && let Some(page) = tree.text(&file).filter(|_| file.ends_with(".md"))
                && !headings(page).contains(heading)
            {
                problems.push(Problem::in_line(
                    path,
                    number,
                    format!("The page of the link `{target}` has no such heading."),
                ));
            }
        }
    }
    problems
}

/// The changelog has a place for what comes next.
pub(super) fn changelog(tree: &Tree) -> Vec<Problem> {
    let text = tree.text("CHANGELOG.md").unwrap_or_default();
    let there = text.lines().any(|line| line == "## Unreleased");
    if there { Vec::new() } else { vec![Problem::in_file("CHANGELOG.md", "There is no `## Unreleased` section.")] }
}

/// `docs/EVENTS.md` has a heading for every event, and for nothing else.
pub(super) fn events(tree: &Tree) -> Vec<Problem> {
    let (code, page) = ("crates/model/src/event.rs", "docs/EVENTS.md");
    let known = quoted(tree.text(code).unwrap_or_default(), "#[serde(rename = \"");
    let told = quoted_by(tree.text(page).unwrap_or_default(), "### `", '`');
    compare(page, &known, &told, "event")
}

/// `docs/OPERATING.md` has a row for every setting, and for nothing else.
pub(super) fn settings(tree: &Tree) -> Vec<Problem> {
    let (code, page) = ("crates/server/src/config.rs", "docs/OPERATING.md");
    let keys =
        tree.text(code).and_then(|text| text.split("pub const KEYS").nth(1)).and_then(|text| text.split("];").next());
    let known = quoted(keys.unwrap_or_default(), "name: \"");
    let table = tree.text(page).and_then(|text| text.split("## Settings").nth(1)).unwrap_or_default();
    let table = table.split("\n## ").next().unwrap_or_default();
    compare(page, &known, &quoted_by(table, "| `", '`'), "setting")
}

fn compare(page: &str, known: &BTreeSet<&str>, told: &BTreeSet<&str>, what: &str) -> Vec<Problem> {
    let missing = known.difference(told).map(|name| format!("The {what} `{name}` is missing."));
    let stale = told.difference(known).map(|name| format!("There is no {what} `{name}` any more."));
    let nothing =
        known.is_empty().then(|| format!("No {what} was found in the code: this check reads the wrong place."));
    missing.chain(stale).chain(nothing).map(|sentence| Problem::in_file(page, sentence)).collect()
}

/// What stands in quotes after each `mark`, wherever it is.
fn quoted<'a>(text: &'a str, mark: &str) -> BTreeSet<&'a str> {
    text.split(mark).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// What stands before `end` in lines that begin with `mark`.
fn quoted_by<'a>(text: &'a str, mark: &str, end: char) -> BTreeSet<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(mark)?.split(end).next()).collect()
}

/// Targets of links and pictures with their lines, without addresses elsewhere and without code.
fn links_of(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (number, line) in prose(text) {
        // Every second part stands in backticks.
        for part in line.split('`').step_by(2) {
            for rest in part.split("](").skip(1) {
                let target = rest.split(')').next().unwrap_or_default();
                if !target.contains("://") && !target.starts_with("mailto:") {
                    found.push((number, target));
                }
            }
        }
    }
    found
}

/// The lines outside fenced code.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter(move |(_, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        !fenced && !fence
    })
}

/// Headings as links name them: lower case, hyphens for spaces, nothing but letters, digits, hyphens, underscores.
fn headings(text: &str) -> BTreeSet<String> {
    let lines = prose(text).filter(|(_, line)| line.starts_with('#'));
    lines
        .map(|(_, line)| {
            let heading = line.trim_start_matches('#').trim();
            let kept = heading.to_lowercase().replace(' ', "-");
            kept.chars().filter(|c| c.is_alphanumeric() || *c == '-' || *c == '_').collect()
        })
        .collect()
}

/// The path that a link of a page names; none above the root. An empty link is the page itself.
fn resolve(page: &str, link: &str) -> Option<String> {
    if link.is_empty() {
        return Some(page.to_owned());
    }
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()?),
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    #[test]
    fn links_that_lead_nowhere() {
        let page = "[a](b.md) [b](c.md#a-heading) [c](c.md#none) [d](../../up.md)\n`[no](link.md)`\n```\n[no](link.md)\n```\n[w](https://example.com/x) [f](../docs) ![p](p.png)";
        check_rule(
            links,
            &[("docs/a.md", page), ("docs/c.md", "# A `heading`!")],
            &[
                "docs/a.md:1: The link `../../up.md` leads out of the repository.",
                "docs/a.md:1: The link `b.md` leads nowhere.",
                "docs/a.md:1: The page of the link `c.md#none` has no such heading.",
                "docs/a.md:6: The link `p.png` leads nowhere.",
            ],
        );
    }

    #[test]
    fn a_changelog_without_a_next_version() {
        check_rule(
            changelog,
            &[("CHANGELOG.md", "# Changes\n## 1.0")],
            &["CHANGELOG.md: There is no `## Unreleased` section."],
        );
    }

    #[test]
    fn an_event_nobody_described_and_one_that_is_gone() {
        check_rule(
            events,
            &[
                (
                    "crates/model/src/event.rs",
                    "#[serde(rename = \"message.posted\")]\n#[serde(rename = \"message.edited\")]",
                ),
                ("docs/EVENTS.md", "### `message.posted`\n### `message.sung`"),
            ],
            &[
                "docs/EVENTS.md: The event `message.edited` is missing.",
                "docs/EVENTS.md: There is no event `message.sung` any more.",
            ],
        );
        check_rule(events, &[], &["docs/EVENTS.md: No event was found in the code: this check reads the wrong place."]);
    }

    #[test]
    fn a_setting_nobody_described() {
        let code = "pub const KEYS: &[Key] = &[Key { name: \"listen\", default: \"\" }, Key { name: \"data\" }];\nother { name: \"no\" }";
        check_rule(
            settings,
            &[
                ("crates/server/src/config.rs", code),
                ("docs/OPERATING.md", "| `other` |\n## Settings\n| `listen` | x |\n| `port` | x |\n## Next\n| `no` |"),
            ],
            &[
                "docs/OPERATING.md: The setting `data` is missing.",
                "docs/OPERATING.md: There is no setting `port` any more.",
            ],
        );
    }
}
