//! Migrations: pairs of texts, one per engine, applied in order when a database is opened.
//!
//! They live in `migrations/` at the top of the repository, whose README says how to write one. The binary carries
//! their text; `build.rs` lists them.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::{Engine, Error, Result};

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// From 1, without gaps.
    pub number: i64,
    /// What the file is called after the number.
    pub name: &'static str,
    /// The text for SQLite.
    pub sqlite: &'static str,
    /// The text for PostgreSQL.
    pub postgres: &'static str,
}

/// The migrations of this program.
pub static MIGRATIONS: &[Migration] = include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// A row of `schema_migrations`.
pub(crate) struct Applied {
    pub(crate) number: i64,
    pub(crate) name: String,
    pub(crate) checksum: String,
}

pub(crate) const TABLE: &str = "create table if not exists schema_migrations (
    number bigint primary key,
    name text not null,
    checksum text not null,
    applied_at bigint not null
)";
pub(crate) const APPLIED: &str = "select number, name, checksum from schema_migrations order by number";
pub(crate) const RECORD: &str =
    "insert into schema_migrations (number, name, checksum, applied_at) values ($1, $2, $3, $4)";

impl Migration {
    /// SHA-256 of the text for this engine, in hexadecimal.
    pub fn checksum(&self, engine: Engine) -> String {
        let text = engine.pick(self.sqlite, self.postgres);
        Sha256::digest(text.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
            // Writing to a String does not fail.
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }

    pub(crate) fn failed(&self, reason: impl std::fmt::Display) -> Error {
        Error::MigrationFailed { number: self.number, name: self.name.to_owned(), reason: reason.to_string() }
    }
}

/// Whether this program may use a database in which these were applied.
pub(crate) fn check(engine: Engine, list: &[Migration], applied: &[Applied]) -> Result<()> {
    let known = list.iter().map(|migration| migration.number).max().unwrap_or(0);
    let found = applied.iter().map(|applied| applied.number).max().unwrap_or(0);
    if found > known {
        return Err(Error::Newer { found, known });
    }
    let changed = applied.iter().find(|applied| {
        let same = list.iter().find(|migration| migration.number == applied.number);
        same.is_none_or(|migration| migration.checksum(engine) != applied.checksum)
    });
    match changed {
        None => Ok(()),
        Some(applied) => Err(Error::MigrationChanged { number: applied.number, name: applied.name.clone() }),
    }
}
