//! A transaction, as the closure of [`Db::write`](crate::Db::write) and [`Db::read`](crate::Db::read) sees it.
//!
//! A statement that fails fails the whole closure, on both engines: PostgreSQL refuses every further statement of
//! such a transaction, so SQLite does too. Whoever expects a row to be there already says `on conflict`.

use model::Time;
use model::event::{Audience, Event, Stream};

use crate::work::Mode;
use crate::{Engine, Error, Params, Result, Row, Value, postgres, sqlite};

/// A transaction. Statements run in it one after the other; nothing else may be awaited.
pub struct Tx<'a> {
    session: Session<'a>,
    mode: Mode,
    now: Time,
    emitted: Vec<Emitted>,
    failed: Option<Error>,
}

/// The connection below.
#[derive(Clone, Copy)]
pub(crate) enum Session<'a> {
    Sqlite(&'a sqlite::Session),
    Postgres(&'a postgres::Session),
}

/// An event that waits for the end of its closure.
pub(crate) struct Emitted {
    pub(crate) stream: Stream,
    pub(crate) audience: Audience,
    pub(crate) event: Event,
}

impl<'a> Tx<'a> {
    /// Exactly one row.
    ///
    /// # Errors
    /// [`Error::Missing`] without a row, [`Error::TooMany`] with several, [`Error::Decode`], and what the engine says.
    pub async fn one<R: Row>(&mut self, sql: &'static str, params: impl Params) -> Result<R> {
        self.opt(sql, params).await?.ok_or(Error::Missing)
    }

    /// One row or none.
    ///
    /// # Errors
    /// [`Error::TooMany`] with several rows, [`Error::Decode`], and what the engine says.
    pub async fn opt<R: Row>(&mut self, sql: &'static str, params: impl Params) -> Result<Option<R>> {
        let mut rows = self.all(sql, params).await?;
        if rows.len() > 1 {
            return Err(Error::TooMany);
        }
        Ok(rows.pop())
    }

    /// All rows; the statement says how many at most.
    ///
    /// # Errors
    /// [`Error::Decode`], and what the engine says.
    pub async fn all<R: Row>(&mut self, sql: &'static str, params: impl Params) -> Result<Vec<R>> {
        self.usable()?;
        let values = params.values();
        self.without_nul(values.as_ref())?;
        let done = match self.session {
            Session::Sqlite(session) => session.all(sql, values.as_ref()),
            Session::Postgres(session) => session.all(sql, values.as_ref()).await,
        };
        self.noted(done)
    }

    /// Runs a statement for its effect and tells how many rows it inserted, updated or deleted. For anything else the
    /// number means nothing.
    ///
    /// # Errors
    /// What the engine says, for example [`Error::Conflict`].
    pub async fn run(&mut self, sql: &'static str, params: impl Params) -> Result<u64> {
        self.usable()?;
        let values = params.values();
        self.without_nul(values.as_ref())?;
        let done = match self.session {
            Session::Sqlite(session) => session.run(sql, values.as_ref()),
            Session::Postgres(session) => session.run(sql, values.as_ref()).await,
        };
        self.noted(done)
    }

    /// Remembers an event. Its position is taken and its row written when the closure has returned `Ok`, in the same
    /// transaction; it is told after the commit.
    pub fn emit(&mut self, stream: Stream, audience: Audience, event: Event) {
        match self.mode {
            Mode::Write => self.emitted.push(Emitted { stream, audience, event }),
            Mode::Read => self.failed = Some(Error::ReadOnly),
        }
    }

    /// The moment at which the closure began; the same throughout.
    pub fn now(&self) -> Time {
        self.now
    }

    /// Which engine this is, for the few statements that differ.
    pub fn engine(&self) -> Engine {
        match self.session {
            Session::Sqlite(_) => Engine::Sqlite,
            Session::Postgres(_) => Engine::Postgres,
        }
    }

    pub(crate) fn new(session: Session<'a>, mode: Mode, now: Time) -> Self {
        Self { session, mode, now, emitted: Vec::new(), failed: None }
    }

    /// Ends the closure's part: its events, or the statement that failed.
    pub(crate) fn finish(&mut self) -> Result<Vec<Emitted>> {
        self.usable()?;
        Ok(std::mem::take(&mut self.emitted))
    }

    /// The statement that failed, if one did.
    pub(crate) fn failure(&self) -> Option<Error> {
        self.failed.clone()
    }

    /// Checks a statement without running it.
    pub(crate) async fn prepare(&mut self, sql: &'static str) -> Result<()> {
        match self.session {
            Session::Sqlite(session) => session.check(sql),
            Session::Postgres(session) => session.check(sql).await,
        }
    }

    fn usable(&self) -> Result<()> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    /// PostgreSQL keeps no NUL character in a text, so SQLite does not either: what works on one works on the other.
    fn without_nul(&mut self, values: &[Value<'_>]) -> Result<()> {
        let nul = values.iter().any(|value| matches!(value, Value::Text(text) if text.as_bytes().contains(&0)));
        self.noted(if nul { Err(Error::Nul) } else { Ok(()) })
    }

    fn noted<T>(&mut self, done: Result<T>) -> Result<T> {
        if let Err(error) = &done {
            self.failed = Some(error.clone());
        }
        done
    }
}
