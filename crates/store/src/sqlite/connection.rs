//! One connection: how it is set up, how a statement runs on it, what its errors mean.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{CachedStatement, Connection, ErrorCode, OpenFlags, ToSql, ffi};

use super::names::Names;
use crate::row::{Cells, Columns};
use crate::value::{Mismatch, Value};
use crate::{Error, Result, Row};

/// How long a statement waits for another process that holds the file, or for a checkpoint.
const BUSY: Duration = Duration::from_secs(5);
/// Prepared statements that a connection keeps; more than the server has.
const STATEMENTS: usize = 1_000;
/// KiB of pages that the writer keeps in memory.
const WRITER_CACHE_KIB: i64 = 65_536;
/// KiB of pages that each reader keeps in memory.
const READER_CACHE_KIB: i64 = 16_384;

/// The connection that writes. Creates the file.
pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_CREATE)?;
    let set_up = || {
        let journal: String = connection.query_row("pragma journal_mode = wal", (), |row| row.get(0))?;
        // FULL, so that a commit survives the loss of power.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)?;
        Ok(journal)
    };
    let journal = set_up().map_err(|error| opening(path, error))?;
    if journal == "wal" {
        return Ok(connection);
    }
    let reason = format!("{}: its file system allows no write-ahead log; use a local disk", path.display());
    Err(Error::Options { reason })
}

/// A connection that reads.
pub(super) fn open_reader(path: &Path) -> Result<Connection> {
    let connection = open(path, OpenFlags::empty())?;
    let set_up = || {
        connection.pragma_update(None, "cache_size", -READER_CACHE_KIB)?;
        connection.pragma_update(None, "query_only", true)
    };
    set_up().map_err(|error| opening(path, error))?;
    Ok(connection)
}

/// A connection for anything else.
pub(super) fn open(path: &Path, more: OpenFlags) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    let set_up = || {
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // Without it the planner looks at parameters, and a cached statement, which forgets them after each use, is
        // prepared anew nearly every time: a third of the CPU time of posting.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        connection.pragma_update(None, "foreign_keys", true)?;
        connection.pragma_update(None, "temp_store", "memory")?;
        Ok(connection)
    };
    set_up().map_err(|error| opening(path, error))
}

/// A connection with all that a transaction needs of it.
pub(crate) struct Session {
    connection: Connection,
    names: Arc<Names>,
}

impl Session {
    pub(super) fn new(connection: Connection, names: Arc<Names>) -> Self {
        Self { connection, names }
    }

    /// Every row of a statement.
    pub(crate) fn all<R: Row>(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<R>> {
        let mut statement = self.bound(sql, values)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|error| self.error(error))? {
            let mut columns = Columns::new(Cells::Sqlite(row));
            found.push(R::read(&mut columns)?);
            if cfg!(debug_assertions) {
                columns.finish()?;
            }
        }
        Ok(found)
    }

    /// A statement for its effect; how many rows it changed.
    pub(crate) fn run(&self, sql: &str, values: &[Value<'_>]) -> Result<u64> {
        let mut statement = self.bound(sql, values)?;
        let mut rows = statement.raw_query();
        while rows.next().map_err(|error| self.error(error))?.is_some() {}
        drop(rows);
        // SQLite would tell the count of an earlier statement.
        Ok(if statement.readonly() { 0 } else { self.connection.changes() })
    }

    /// Checks a statement without running it.
    pub(crate) fn check(&self, sql: &str) -> Result<()> {
        self.connection.prepare(sql).map(drop).map_err(|error| self.error(error))
    }

    /// `begin`, `commit`, `savepoint` and their like.
    pub(super) fn control(&self, sql: &'static str) -> Result<()> {
        self.run(sql, &[]).map(drop)
    }

    /// Whether a transaction is open. SQLite ends one by itself when, for example, the disk is full.
    pub(super) fn in_transaction(&self) -> bool {
        !self.connection.is_autocommit()
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// SQLite numbers parameters by first appearance, so they are bound by the number in their name.
    fn bound(&self, sql: &str, values: &[Value<'_>]) -> Result<CachedStatement<'_>> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|error| self.error(error))?;
        let count = statement.parameter_count();
        if count != values.len() {
            return Err(Error::other(format!("{count} parameters are needed, {} were given: {sql}", values.len())));
        }
        for index in 1..=count {
            let number = statement.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
            let value = number.and_then(|number| values.get(number.checked_sub(1)?));
            let value = value.ok_or_else(|| Error::other(format!("parameters are called $1 to ${count}: {sql}")))?;
            statement.raw_bind_parameter(index, Bound(value)).map_err(|error| self.error(error))?;
        }
        Ok(statement)
    }

    fn error(&self, error: rusqlite::Error) -> Error {
        translate(error, |message| self.names.of_message(message))
    }
}

/// A cell of a row.
pub(crate) fn cell<'a>(row: &'a rusqlite::Row<'a>, at: usize) -> Result<Value<'a>, Mismatch> {
    match row.get_ref(at) {
        Ok(ValueRef::Null) => Ok(Value::Null),
        Ok(ValueRef::Integer(int)) => Ok(Value::Int(int)),
        Ok(ValueRef::Real(real)) => Ok(Value::Real(real)),
        Ok(ValueRef::Text(text)) => {
            let text = std::str::from_utf8(text).map_err(|_| Mismatch("the text is not UTF-8".into()))?;
            Ok(Value::Text(Cow::Borrowed(text)))
        }
        Ok(ValueRef::Blob(bytes)) => Ok(Value::Blob(Cow::Borrowed(bytes))),
        Err(error) => Err(Mismatch(error.to_string())),
    }
}

/// What an error means while no unique index is known yet.
pub(super) fn plain(error: rusqlite::Error) -> Error {
    translate(error, str::to_owned)
}

fn opening(path: &Path, error: rusqlite::Error) -> Error {
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly) => {
            let place = path.display();
            let reason = format!("{place}: {error}; its folder must exist and belong to the user who runs the server");
            Error::Options { reason }
        }
        _ => plain(error),
    }
}

fn translate(error: rusqlite::Error, constraint: impl FnOnce(&str) -> String) -> Error {
    let rusqlite::Error::SqliteFailure(failure, message) = &error else { return Error::other(error) };
    let message = message.as_deref().unwrap_or_default();
    match (failure.code, failure.extended_code) {
        (
            ErrorCode::ConstraintViolation,
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID,
        ) => Error::Conflict { constraint: constraint(message) },
        (ErrorCode::DiskFull, _) => Error::Full,
        (ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt, _) => Error::Damaged { reason: error.to_string() },
        (ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked, _) => Error::Contended,
        (ErrorCode::ReadOnly, _) => Error::ReadOnly,
        _ => Error::other(error),
    }
}

struct Bound<'a>(&'a Value<'a>);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0 {
            Value::Null => ValueRef::Null,
            Value::Int(int) => ValueRef::Integer(*int),
            Value::Real(real) => ValueRef::Real(*real),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}
