//! What can go wrong, each with what an operator or a caller can do about it.

use std::sync::Arc;

/// A database operation that failed. Whatever the variant, nothing of the closure was kept, except where
/// [`Error::Unreachable`] says otherwise.
///
/// Cloning is cheap enough to answer every closure of a batch whose commit failed.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// `one` found no row.
    #[error("a row that must be there was not found")]
    Missing,
    /// `one` or `opt` found more than one row.
    #[error("a statement that finds at most one row found several")]
    TooMany,
    /// A unique index refused a row. The name is the same on both engines: that of the index, or
    /// `<table>_pkey` for a primary key.
    #[error("another row has the same value in {constraint}")]
    Conflict {
        /// The index's name.
        constraint: String,
    },
    /// Another transaction was in the way (deadlock, lock timeout). The closure can be run again.
    #[error("another transaction was in the way; nothing was kept, try again")]
    Contended,
    /// The database was migrated by a newer version of this program.
    #[error(
        "the database is at migration {found}, this program knows {known}: start the newer version again, or restore the backup from before the upgrade"
    )]
    Newer {
        /// The highest migration in the database.
        found: i64,
        /// The highest migration in this program.
        known: i64,
    },
    /// A migration that was applied is not the one this program carries.
    #[error(
        "migration {number} ({name}) was applied with another text than this program carries: an applied migration is never edited, put the change into a new one"
    )]
    MigrationChanged {
        /// Its number.
        number: i64,
        /// Its name in the database.
        name: String,
    },
    /// A migration could not be applied; the database is as it was before that migration.
    #[error("migration {number} ({name}) failed and was rolled back: {reason}")]
    MigrationFailed {
        /// Its number.
        number: i64,
        /// Its name.
        name: String,
        /// What the engine said.
        reason: String,
    },
    /// The file is not a database, or is damaged.
    #[error(
        "the database is damaged ({reason}): stop the server, keep a copy of the file, then restore a backup or run `sqlite3 FILE .recover`"
    )]
    Damaged {
        /// What the engine said.
        reason: String,
    },
    /// The disk, or the space given to the database, is full.
    #[error("the disk of the database is full: free some space, the server goes on by itself")]
    Full,
    /// The database cannot be reached, or the connection was lost. When it was lost during a write's commit, that
    /// write may or may not have been kept; the caller finds out by its idempotency key.
    #[error(
        "the database cannot be reached ({reason}): check that it runs and that database.url is right; the server connects again by itself"
    )]
    Unreachable {
        /// What the network or the engine said.
        reason: String,
    },
    /// A `read` tried to write, or to emit an event.
    #[error("a read transaction tried to write; use `write`")]
    ReadOnly,
    /// The closure awaited something else than its transaction. It was rolled back.
    #[error("a transaction waited for something else than the database; fetch it before, or do it after")]
    Awaited,
    /// The closure panicked. It was rolled back; its neighbours were not harmed.
    #[error("a transaction panicked and was rolled back")]
    Panicked,
    /// The database was closed.
    #[error("the database is closed, the server is shutting down")]
    Closed,
    /// Too much work is waiting already.
    #[error("the database has too much work waiting; try again in a moment")]
    Overloaded,
    /// A text that was to be kept or looked for has a NUL character in it.
    #[error("a text contains a NUL character, which cannot be kept")]
    Nul,
    /// A column does not hold what the program expects.
    #[error("column {column} cannot be read: {reason}")]
    Decode {
        /// Its name, or its number from 0.
        column: String,
        /// What was found.
        reason: String,
    },
    /// The URL, an option or the file's place cannot be used.
    #[error("the database cannot be opened: {reason}")]
    Options {
        /// What is wrong.
        reason: String,
    },
    /// Anything else; usually a statement that is wrong.
    #[error("{reason}")]
    Other {
        /// What the engine said.
        reason: Arc<str>,
    },
}

/// What every function of this crate returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// Anything that has no variant of its own.
    pub(crate) fn other(reason: impl std::fmt::Display) -> Self {
        Error::Other { reason: reason.to_string().into() }
    }

    /// The unique index that refused, when that is what happened: `error.conflict() == Some("messages_client")`.
    pub fn conflict(&self) -> Option<&str> {
        match self {
            Error::Conflict { constraint } => Some(constraint),
            _ => None,
        }
    }
}
