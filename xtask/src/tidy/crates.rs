//! Who may know whom.

use toml::{Table, Value};

use super::Problem;
use crate::tree::Tree;

/// The drawing of ARCHITECTURE.md: a crate, and those it may depend on.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("sip", &[]),
    ("pbx", &["model"]),
    ("media", &["model"]),
    ("store", &["model"]),
    ("bus", &["model"]),
    ("connectors", &["model"]),
    ("server", &["model", "sip", "pbx", "media", "store", "bus", "connectors"]),
    ("testkit", &["model", "sip", "pbx", "media", "store", "bus"]),
    ("bench", &["model", "store", "bus", "server", "testkit"]),
    ("fuzz", &["model", "server"]),
    ("tests", &["model", "store", "bus", "server"]),
    ("xtask", &[]),
];

/// Crates that decide and never act.
const PURE: &[&str] = &["model", "sip", "pbx", "media"];

/// Beginnings of the names of packages that act: wait, talk to the world, or roll dice.
const ACTING: &[&str] = &[
    "async-",
    "axum",
    "diesel",
    "fastrand",
    "getrandom",
    "hyper",
    "mio",
    "native-tls",
    "openssl",
    "postgres",
    "quinn",
    "rand",
    "reqwest",
    "rusqlite",
    "rustls",
    "sea-orm",
    "smol",
    "socket2",
    "sqlx",
    "tokio",
    "tower",
    "tungstenite",
    "ureq",
];

/// Calls that a pure crate's `clippy.toml` refuses.
const REFUSED_CALLS: &[&str] = &["std::time::Instant::now", "std::time::SystemTime::now"];

/// Crates depend on each other as drawn; `testkit` is for tests only.
pub(super) fn arrows(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for manifest in manifests_of(tree) {
        let Some((_, allowed)) = ARROWS.iter().find(|(name, _)| *name == manifest.name) else {
            let sentence = format!(
                "The crate `{}` is not in the drawing. Add it to ARCHITECTURE.md and to `ARROWS`.",
                manifest.name
            );
            problems.push(Problem::in_file(manifest.path, sentence));
            continue;
        };
        for dependency in &manifest.dependencies {
            let Some(other) = dependency.package.strip_prefix("waggle-") else { continue };
            let for_tests = dependency.dev && other == "testkit";
            if !allowed.contains(&other) && !for_tests {
                let sentence =
                    format!("`{}` may not know `{other}`: there is no such arrow in ARCHITECTURE.md.", manifest.name);
                problems.push(Problem::in_file(manifest.path, sentence));
            }
        }
    }
    problems
}

/// The pure crates have nothing in them that acts, and clippy refuses clocks.
pub(super) fn purity(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for manifest in manifests_of(tree).into_iter().filter(|manifest| PURE.contains(&manifest.name.as_str())) {
        for dependency in manifest.dependencies.iter().filter(|dependency| !dependency.dev) {
            if ACTING.iter().any(|name| dependency.package.starts_with(name)) {
                let sentence =
                    format!("`{}` is pure, `{}` is not: hand it in as an argument.", manifest.name, dependency.package);
                problems.push(Problem::in_file(manifest.path, sentence));
            }
        }
        let clippy = manifest.path.replace("Cargo.toml", "clippy.toml");
        let refused = tree.text(&clippy).unwrap_or_default();
        for call in REFUSED_CALLS.iter().filter(|call| !refused.contains(*call)) {
            problems.push(Problem::in_file(&clippy, format!("A pure crate refuses `{call}` in `disallowed-methods`.")));
        }
    }
    problems
}

/// Every crate takes licence, edition, lints and the like from the workspace.
pub(super) fn manifests(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for manifest in manifests_of(tree) {
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !inherits(manifest.table.get("package").and_then(|package| package.get(key))) {
                problems.push(Problem::in_file(manifest.path, format!("Say `{key}.workspace = true`.")));
            }
        }
        if !inherits(manifest.table.get("lints")) {
            problems.push(Problem::in_file(manifest.path, "Say `[lints] workspace = true`."));
        }
    }
    problems
}

fn inherits(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

struct Manifest<'a> {
    path: &'a str,
    /// Without `waggle-`.
    name: String,
    table: Table,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    package: String,
    dev: bool,
}

/// The manifests of all crates. One that is no TOML is cargo's business.
fn manifests_of(tree: &Tree) -> Vec<Manifest<'_>> {
    let shared: Table = tree.text("Cargo.toml").and_then(|text| text.parse().ok()).unwrap_or_default();
    let shared = shared.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let ours = tree.texts("", "/Cargo.toml");
    ours.filter_map(|(path, text)| {
        let table: Table = text.parse().ok()?;
        let name = table.get("package")?.get("name")?.as_str()?.trim_start_matches("waggle-").to_owned();
        let dependencies = dependencies(&table, shared);
        Some(Manifest { path, name, table, dependencies })
    })
    .collect()
}

fn dependencies(table: &Table, shared: Option<&Value>) -> Vec<Dependency> {
    let mut found = Vec::new();
    let platforms = table.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    for table in platforms.filter_map(Value::as_table).chain([table]) {
        for (kind, dev) in [("dependencies", false), ("build-dependencies", false), ("dev-dependencies", true)] {
            for (key, value) in table.get(kind).and_then(Value::as_table).into_iter().flatten() {
                // The name in code and the name of the package can differ, here or in the workspace.
                let stated =
                    if inherits(Some(value)) { shared.and_then(|shared| shared.get(key)) } else { Some(value) };
                let package = stated.and_then(|stated| stated.get("package")).and_then(Value::as_str).unwrap_or(key);
                found.push(Dependency { package: package.to_owned(), dev });
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::tests::check_rule;
    use super::*;

    const ROOT: (&str, &str) = (
        "Cargo.toml",
        "[workspace.dependencies]\nstore = { package = \"waggle-store\", path = \"crates/store\" }\ntestkit = { package = \"waggle-testkit\", path = \"x\" }",
    );

    #[test]
    fn an_arrow_that_is_not_drawn() {
        let bus = "[package]\nname = \"waggle-bus\"\n[dependencies]\nstore.workspace = true\nserde = \"1\"";
        check_rule(
            arrows,
            &[ROOT, ("crates/bus/Cargo.toml", bus)],
            &["crates/bus/Cargo.toml: `bus` may not know `store`: there is no such arrow in ARCHITECTURE.md."],
        );
    }

    #[test]
    fn a_renamed_dependency_and_one_for_a_platform_are_seen() {
        let text = "[package]\nname = \"waggle-model\"\n[target.'cfg(unix)'.dependencies]\nrows = { package = \"waggle-store\", path = \"../store\" }";
        check_rule(
            arrows,
            &[ROOT, ("crates/model/Cargo.toml", text)],
            &["crates/model/Cargo.toml: `model` may not know `store`: there is no such arrow in ARCHITECTURE.md."],
        );
    }

    #[test]
    fn testkit_is_for_tests() {
        let tests = "[package]\nname = \"waggle-store\"\n[dev-dependencies]\ntestkit.workspace = true";
        check_rule(arrows, &[ROOT, ("crates/store/Cargo.toml", tests)], &[]);
        let always = "[package]\nname = \"waggle-store\"\n[dependencies]\ntestkit.workspace = true";
        check_rule(
            arrows,
            &[ROOT, ("crates/store/Cargo.toml", always)],
            &["crates/store/Cargo.toml: `store` may not know `testkit`: there is no such arrow in ARCHITECTURE.md."],
        );
    }

    #[test]
    fn a_crate_nobody_drew() {
        check_rule(
            arrows,
            &[("crates/misc/Cargo.toml", "[package]\nname = \"waggle-misc\"")],
            &[
                "crates/misc/Cargo.toml: The crate `misc` is not in the drawing. Add it to ARCHITECTURE.md and to `ARROWS`.",
            ],
        );
    }

    #[test]
    fn a_pure_crate_that_waits() {
        let text =
            "[package]\nname = \"waggle-model\"\n[dependencies]\ntokio-util = \"1\"\n[dev-dependencies]\ntokio = \"1\"";
        let clippy = "disallowed-methods = [\"std::time::Instant::now\"]";
        check_rule(
            purity,
            &[("crates/model/Cargo.toml", text), ("crates/model/clippy.toml", clippy)],
            &[
                "crates/model/Cargo.toml: `model` is pure, `tokio-util` is not: hand it in as an argument.",
                "crates/model/clippy.toml: A pure crate refuses `std::time::SystemTime::now` in `disallowed-methods`.",
            ],
        );
    }

    #[test]
    fn a_manifest_of_its_own_mind() {
        let text = "[package]\nname = \"xtask\"\nversion = \"9.0.0\"\nedition.workspace = true\nrust-version.workspace = true\nlicense.workspace = true\npublish.workspace = true";
        check_rule(
            manifests,
            &[("xtask/Cargo.toml", text)],
            &["xtask/Cargo.toml: Say `[lints] workspace = true`.", "xtask/Cargo.toml: Say `version.workspace = true`."],
        );
    }
}
