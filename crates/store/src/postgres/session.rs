//! One session: prepared statements, the transaction that is open on it, and what its errors mean.
//!
//! Round trips are what a transaction on PostgreSQL costs, so `begin` travels with the first statement and `commit`
//! with the events.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::future::Future;
use std::pin::pin;

use futures_util::future::join;
use futures_util::stream::TryStreamExt;
use model::Time;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, RowStream, Statement};
use uuid::Uuid;

use crate::events::Entry;
use crate::row::{Cells, Columns};
use crate::tx::Emitted;
use crate::value::Value;
use crate::work::Mode;
use crate::{Committed, Error, Param, Result, Row, events};

/// A session. It serves one closure at a time.
pub(crate) struct Session {
    client: Client,
    /// By address and length of the text, which is static: no hashing of a hundred bytes per statement.
    statements: RefCell<HashMap<(usize, usize), Statement>>,
    /// What has to be sent before the next statement.
    begin: Cell<Option<&'static str>>,
    in_statement: Cell<bool>,
}

impl Session {
    pub(super) fn new(client: Client) -> Self {
        let (begin, in_statement) = (Cell::new(None), Cell::new(false));
        Self { client, statements: RefCell::default(), begin, in_statement }
    }

    /// Every row of a statement.
    pub(crate) async fn all<R: Row>(&self, sql: &'static str, values: &[Value<'_>]) -> Result<Vec<R>> {
        let mut rows = pin!(self.waiting(self.query(sql, values)).await?);
        let mut found = Vec::new();
        while let Some(row) = self.waiting(rows.try_next()).await.map_err(error)? {
            let mut columns = Columns::new(Cells::Postgres(&row));
            found.push(R::read(&mut columns)?);
            if cfg!(debug_assertions) {
                columns.finish()?;
            }
        }
        Ok(found)
    }

    /// A statement for its effect; how many rows it changed.
    pub(crate) async fn run(&self, sql: &'static str, values: &[Value<'_>]) -> Result<u64> {
        self.waiting(async {
            let mut rows = pin!(self.query(sql, values).await?);
            while rows.try_next().await.map_err(error)?.is_some() {}
            Ok(rows.rows_affected().unwrap_or(0))
        })
        .await
    }

    /// Checks a statement without running it.
    pub(crate) async fn check(&self, sql: &str) -> Result<()> {
        self.waiting(self.client.prepare(sql)).await.map(drop).map_err(error)
    }

    /// Statements without parameters and rows, outside of any closure.
    pub(super) async fn script(&self, sql: &str) -> Result<()> {
        self.end(sql).await
    }

    /// Whether the closure that runs waits for this session.
    pub(super) fn in_statement(&self) -> &Cell<bool> {
        &self.in_statement
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// The next statement begins a transaction.
    pub(super) fn begin(&self, mode: Mode) {
        self.begin.set(Some(match mode {
            Mode::Read => "begin isolation level repeatable read read only",
            Mode::Write => "begin",
        }));
    }

    /// Appends the events and commits, in one round trip.
    pub(super) async fn commit(&self, emitted: Vec<Emitted>, now: Time) -> Result<Vec<Committed>> {
        if emitted.is_empty() {
            return if self.begin.take().is_some() {
                Ok(Vec::new())
            } else {
                self.end("commit").await.map(|()| Vec::new())
            };
        }
        let entries = events::entries(emitted)?;
        // Prepared before, so that only two messages are left to be sent together.
        let append = self.statement(events::APPEND_POSTGRES).await?;
        let (taken, ended) = join(self.append(&append, &entries, now), self.end("commit")).await;
        // When the events failed, PostgreSQL took the commit for a rollback.
        let taken = taken?;
        ended?;
        events::numbered(entries, &taken)
    }

    /// Ends a transaction that shall not be kept, or only read.
    pub(super) async fn roll_back(&self) -> Result<()> {
        if self.begin.take().is_some() { Ok(()) } else { self.end("rollback").await }
    }

    async fn append(&self, append: &Statement, entries: &[Entry], now: Time) -> Result<Vec<(Uuid, i64)>> {
        let (columns, now) = (events::columns(entries), now.put());
        let columns = columns.iter().map(|column| column as &(dyn ToSql + Sync));
        let params: Vec<_> = columns.chain([&now as &(dyn ToSql + Sync)]).collect();
        let mut rows = pin!(self.sent(self.client.query_raw(append, params)).await?);
        let mut taken = Vec::new();
        while let Some(row) = rows.try_next().await.map_err(error)? {
            taken.push(Row::read(&mut Columns::new(Cells::Postgres(&row)))?);
        }
        Ok(taken)
    }

    async fn query(&self, sql: &'static str, values: &[Value<'_>]) -> Result<RowStream> {
        let statement = self.statement(sql).await?;
        if statement.params().len() != values.len() {
            let (needed, given) = (statement.params().len(), values.len());
            return Err(Error::other(format!("{needed} parameters are needed, {given} were given: {sql}")));
        }
        self.sent(self.client.query_raw(&statement, values)).await
    }

    /// Sends a statement, behind `begin` when none was sent yet. The order holds because both are put into the
    /// session's queue when they are polled first, and `join` polls from left to right.
    async fn sent<T>(&self, query: impl Future<Output = Result<T, tokio_postgres::Error>>) -> Result<T> {
        let Some(begin) = self.begin.take() else { return query.await.map_err(error) };
        let (begun, rows) = join(self.client.batch_execute(begin), query).await;
        begun.map_err(error)?;
        rows.map_err(error)
    }

    async fn statement(&self, sql: &'static str) -> Result<Statement> {
        let key = (sql.as_ptr().addr(), sql.len());
        if let Some(statement) = self.statements.borrow().get(&key) {
            return Ok(statement.clone());
        }
        let statement = self.client.prepare(sql).await.map_err(error)?;
        self.statements.borrow_mut().insert(key, statement.clone());
        Ok(statement)
    }

    async fn end(&self, sql: &str) -> Result<()> {
        self.client.batch_execute(sql).await.map_err(error)
    }

    async fn waiting<T>(&self, statement: impl Future<Output = T>) -> T {
        struct Reset<'a>(&'a Cell<bool>);
        impl Drop for Reset<'_> {
            fn drop(&mut self) {
                self.0.set(false);
            }
        }
        self.in_statement.set(true);
        let _reset = Reset(&self.in_statement);
        statement.await
    }
}

/// What an error means.
pub(super) fn error(error: tokio_postgres::Error) -> Error {
    let Some(failure) = error.as_db_error() else {
        return if error.is_closed() || io(&error) { unreachable(&error) } else { Error::other(spoken(&error)) };
    };
    let code = failure.code();
    match code {
        _ if *code == SqlState::UNIQUE_VIOLATION => {
            Error::Conflict { constraint: failure.constraint().unwrap_or_default().to_owned() }
        }
        _ if [SqlState::T_R_SERIALIZATION_FAILURE, SqlState::T_R_DEADLOCK_DETECTED, SqlState::LOCK_NOT_AVAILABLE]
            .contains(code) =>
        {
            Error::Contended
        }
        _ if *code == SqlState::READ_ONLY_SQL_TRANSACTION => Error::ReadOnly,
        _ if *code == SqlState::DISK_FULL => Error::Full,
        _ if [SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED].contains(code) => {
            Error::Damaged { reason: failure.to_string() }
        }
        // Connection exceptions, operator intervention (57014 is a cancelled statement), wrong password or
        // database, too many connections.
        _ if ["08", "28", "3D"].iter().any(|class| code.code().starts_with(class))
            || (code.code().starts_with("57P"))
            || *code == SqlState::TOO_MANY_CONNECTIONS =>
        {
            unreachable(&error)
        }
        _ => Error::other(failure),
    }
}

fn unreachable(error: &tokio_postgres::Error) -> Error {
    Error::Unreachable { reason: spoken(error) }
}

/// The error with its cause: on its own it says only "error communicating with the server".
fn spoken(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(cause) => format!("{error}: {cause}"),
        None => error.to_string(),
    }
}

fn io(error: &tokio_postgres::Error) -> bool {
    std::error::Error::source(error).is_some_and(|cause| cause.is::<std::io::Error>())
}
