//! Files that belong together, or are written from others.

use super::Problem;
use crate::protocol;
use crate::tree::Tree;

const ENGINES: [&str; 2] = ["migrations/sqlite", "migrations/postgres"];

/// Both engines have the same migrations, numbered from 0001 without a hole.
pub(super) fn migrations_in_pairs(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    let [sqlite, postgres] = ENGINES.map(|folder| tree.names(folder));
    for (folder, names, others) in [(ENGINES[0], &sqlite, &postgres), (ENGINES[1], &postgres, &sqlite)] {
        for (index, name) in names.iter().enumerate() {
            let path = format!("{folder}/{name}");
            if !others.contains(name) {
                problems.push(Problem::in_file(&path, "The other engine has no migration of this name."));
            }
            let expected = format!("{:04}_", index + 1);
            if !name.starts_with(&expected) || !name.ends_with(".sql") {
                problems.push(Problem::in_file(&path, format!("The name of this migration is {expected}….sql.")));
            }
        }
    }
    problems
}

/// The index of the generated types is the one that would be written now.
pub(super) fn protocol_index(tree: &Tree) -> Vec<Problem> {
    match protocol::index(tree) {
        Ok(text) if tree.text(protocol::INDEX) == Some(&text) => Vec::new(),
        Ok(_) => vec![Problem::in_file(protocol::INDEX, "Not current: run `cargo xtask protocol-index`.")],
        Err(sentence) => vec![Problem::in_file(protocol::INDEX, sentence)],
    }
}

/// The lock file of the web client works with whatever registry somebody uses.
pub(super) fn lock_file_names_no_host(tree: &Tree) -> Vec<Problem> {
    let path = "web/package-lock.json";
    let lines = tree.text(path).unwrap_or_default().lines().enumerate();
    let named = lines.filter(|(_, line)| line.contains("\"resolved\": \"http"));
    let sentence = "A lock file names no host: run `npm install` in `web`, where `.npmrc` says so.";
    named.take(1).map(|(number, _)| Problem::in_line(path, number, sentence)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    #[test]
    fn a_migration_for_one_engine_and_a_hole() {
        check_rule(
            migrations_in_pairs,
            &[
                ("migrations/sqlite/0001_start.sql", ""),
                ("migrations/sqlite/0002_files.sql", ""),
                ("migrations/postgres/0001_start.sql", ""),
                ("migrations/postgres/0003_files.sql", ""),
            ],
            &[
                "migrations/postgres/0003_files.sql: The name of this migration is 0002_….sql.",
                "migrations/postgres/0003_files.sql: The other engine has no migration of this name.",
                "migrations/sqlite/0002_files.sql: The other engine has no migration of this name.",
            ],
        );
    }

    #[test]
    fn an_index_without_a_type() {
        let live = ("crates/model/src/live.rs", "pub const PROTOCOL: u32 = 1;");
        let me = ("web/packages/protocol/src/Me.ts", "export type Me = { };");
        check_rule(
            protocol_index,
            &[live, me, (protocol::INDEX, "export const PROTOCOL = 1;\n")],
            &["web/packages/protocol/src/index.ts: Not current: run `cargo xtask protocol-index`."],
        );
        let current = protocol::index(&Tree::of(&[live, me])).unwrap();
        check_rule(protocol_index, &[live, me, (protocol::INDEX, &current)], &[]);
    }

    #[test]
    fn a_lock_file_with_a_host() {
        check_rule(
            lock_file_names_no_host,
            &[("web/package-lock.json", "{\n\"resolved\": \"https://packages.example/a.tgz\"\n}")],
            &[
                "web/package-lock.json:2: A lock file names no host: run `npm install` in `web`, where `.npmrc` says so.",
            ],
        );
    }
}
