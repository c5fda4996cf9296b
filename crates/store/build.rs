//! Lists `migrations/` so that the binary carries every migration as text.
//!
//! It only lists: the pairs of files are checked here, their contents when they are applied.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let folder = manifest.join("../../migrations");
    let names = names(&folder.join("sqlite"));
    assert_eq!(
        names,
        self::names(&folder.join("postgres")),
        "migrations/sqlite and migrations/postgres hold the same names"
    );

    let mut list = String::from("&[\n");
    for (at, file) in names.iter().enumerate() {
        let (number, name) = parts(file).unwrap_or_else(|| panic!("{file}: a migration is called NNNN_name.sql"));
        assert_eq!(number, at + 1, "{file}: migrations are numbered 0001, 0002, … without gaps");
        let (sqlite, postgres) = (folder.join("sqlite").join(file), folder.join("postgres").join(file));
        writeln!(
            list,
            "Migration {{ number: {number}, name: {name:?}, sqlite: include_str!({sqlite:?}), postgres: include_str!({postgres:?}) }},"
        )
        .expect("a String takes everything");
    }
    list.push(']');
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("migrations.rs"), list).expect("OUT_DIR is writable");
}

fn names(folder: &Path) -> BTreeSet<String> {
    println!("cargo:rerun-if-changed={}", folder.display());
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let names = entries.map(|entry| entry.expect("the folder can be read").file_name().to_string_lossy().into_owned());
    names.filter(|name| name.ends_with(".sql")).collect()
}

fn parts(file: &str) -> Option<(usize, &str)> {
    let (number, name) = file.strip_suffix(".sql")?.split_once('_')?;
    (number.len() == 4).then_some((number.parse().ok()?, name))
}
