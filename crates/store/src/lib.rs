//! The database: one SQL text for SQLite and PostgreSQL, closures as transactions, the event log, jobs, migrations.
//!
//! ```no_run
//! # use waggle_store as store;
//! # async fn example(db: store::Db, id: model::AccountId, name: String) -> store::Result<()> {
//! let changed = db.write(async move |tx| {
//!     tx.run(store::sql!("update accounts set name = $2 where id = $1"), (&id, &name)).await
//! }).await?;                                              // durable when this returns
//! # let _: u64 = changed; Ok(()) }
//! ```
//!
//! What holds on both engines:
//!
//! 1. A closure is all or nothing. It is kept when it returned `Ok` *and* every statement in it worked.
//! 2. `Ok` from [`Db::write`] means durable, and that the closure's events were handed to `on_commit` before.
//! 3. A closure waits for its own statements and for nothing else; any other wait is [`Error::Awaited`].
//! 4. A closure whose caller has gone before it began is not run at all.
//! 5. Texts of statements are `&'static str`: nothing is concatenated.
//!
//! On SQLite one thread writes and commits many closures together; on PostgreSQL every closure is a transaction
//! (read committed to write, repeatable read to read) on one of a few sessions. `docs/decisions/` says why this is
//! not sqlx. Deliberately absent: queries built at run time, lazy loading, retries of closures.

pub mod dialect;
pub mod events;
pub mod jobs;
pub mod migrations;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

mod error;
mod postgres;
mod row;
mod sqlite;
mod statements;
mod tx;
mod value;
mod words;
mod work;

#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::{Clock, Time};

// What the macros name.
#[doc(hidden)]
pub use linkme;
#[doc(hidden)]
pub use model;
#[doc(hidden)]
pub use words::take_word;

pub use error::{Error, Result};
pub use events::Committed;
pub use migrations::Migration;
pub use row::{Columns, Params, Row};
pub use statements::{STATEMENTS, Statement, prepare_all};
pub use tx::Tx;
pub use value::{Mismatch, Param, Sql, Value, expected};

use work::Mode;

/// Where the database is, and how it is used.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite:/path/to/waggle.db`, or `postgres://user:password@host/database`.
    ///
    /// Connections to PostgreSQL are plain TCP or a unix socket. TLS is not there: `sslmode=require` is refused, and
    /// `prefer` connects without. Keep PostgreSQL on the same host, a private network, or behind a tunnel.
    pub url: String,
    /// Sessions at PostgreSQL, 1 to 1,000, 10 by default. SQLite has one writer and four readers.
    pub connections: usize,
    /// Closures that may wait, 4,096 by default; one more is [`Error::Overloaded`]. On SQLite reads and writes are
    /// counted apart.
    pub queue: usize,
    /// How long PostgreSQL may take to answer a new connection, 5 seconds by default.
    pub connect_timeout: Duration,
    /// Where [`Tx::now`] comes from; the system's clock by default.
    pub clock: Clock,
    /// What is applied at [`Db::open`]; [`migrations::MIGRATIONS`] by default.
    pub migrations: &'static [Migration],
}

impl Options {
    /// A database with the default options.
    pub fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            connections: 10,
            queue: 4_096,
            connect_timeout: Duration::from_secs(5),
            clock: system_clock(),
            migrations: migrations::MIGRATIONS,
        }
    }
}

/// Which database is below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// A file on a local disk.
    Sqlite,
    /// A server that several nodes can share.
    Postgres,
}

impl Engine {
    /// Chooses between two of the same kind.
    pub fn pick<T>(self, sqlite: T, postgres: T) -> T {
        match self {
            Engine::Sqlite => sqlite,
            Engine::Postgres => postgres,
        }
    }
}

/// An open database. Clones share it; it closes with [`Db::close`], or by itself when the last clone is gone.
#[derive(Clone)]
pub struct Db {
    backend: Backend,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Arc<sqlite::Pool>),
    Postgres(Arc<postgres::Pool>),
}

/// Who is told of events.
pub(crate) type OnCommit = Arc<dyn Fn(Vec<Committed>) + Send + Sync>;

impl Db {
    /// Opens the database, checks it and applies missing migrations under a lock.
    ///
    /// `on_commit` gets the events of each commit, before the callers get their answers. On SQLite it sees every
    /// event in the order of its position; on PostgreSQL several transactions may arrive in another order than their
    /// positions. It runs on the database's thread and must not block.
    ///
    /// # Errors
    /// [`Error::Options`], [`Error::Newer`], [`Error::MigrationChanged`], [`Error::MigrationFailed`],
    /// [`Error::Damaged`], [`Error::Full`], [`Error::Unreachable`].
    pub async fn open(options: Options, on_commit: impl Fn(Vec<Committed>) + Send + Sync + 'static) -> Result<Self> {
        let on_commit: OnCommit = Arc::new(on_commit);
        let scheme = options.url.split(':').next().unwrap_or_default();
        let backend = match scheme {
            "sqlite" => {
                let path = sqlite::path(&options.url)?;
                let pool = blocking(move || sqlite::Pool::open(&path, &options, on_commit)).await??;
                Backend::Sqlite(Arc::new(pool))
            }
            "postgres" | "postgresql" => Backend::Postgres(Arc::new(postgres::Pool::open(options, on_commit).await?)),
            _ => {
                let reason = format!("{scheme}: is neither sqlite: nor postgres:");
                return Err(Error::Options { reason });
            }
        };
        Ok(Self { backend })
    }

    /// Runs a closure in a transaction. It is durable, and its events are told, when this returns `Ok`; an `Err` of
    /// the closure, or of any statement in it, rolls back this closure and no other.
    ///
    /// Whoever stops waiting may cancel a closure that has not begun, but none that has.
    ///
    /// # Errors
    /// What the closure returns; [`Error::Overloaded`], [`Error::Closed`], [`Error::Awaited`], [`Error::Panicked`],
    /// and the commit's own, such as [`Error::Full`] and [`Error::Unreachable`].
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.queue(Mode::Write, work).await
    }

    /// Runs a closure that only reads. All its statements see the same snapshot.
    ///
    /// # Errors
    /// What the closure returns; [`Error::ReadOnly`] when it tries to write; [`Error::Overloaded`],
    /// [`Error::Closed`], [`Error::Awaited`], [`Error::Panicked`], [`Error::Unreachable`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.queue(Mode::Read, work).await
    }

    /// Which database is below.
    pub fn engine(&self) -> Engine {
        match self.backend {
            Backend::Sqlite(_) => Engine::Sqlite,
            Backend::Postgres(_) => Engine::Postgres,
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`Error::Unreachable`], [`Error::Closed`], [`Error::Overloaded`].
    pub async fn ping(&self) -> Result<()> {
        let (_,): (i64,) = self.read(async |tx| tx.one("select 1", ()).await).await?;
        Ok(())
    }

    /// Waits for everything that is queued, then closes. SQLite's log is emptied into the file. Whatever comes after
    /// this, from another clone, is [`Error::Closed`].
    pub async fn close(self) {
        match self.backend {
            Backend::Sqlite(pool) => {
                // An error means that the runtime is being shut down; the threads end by themselves then.
                let _ = blocking(move || pool.close()).await;
            }
            Backend::Postgres(pool) => pool.close().await,
        }
    }

    async fn queue<T, E, F>(&self, mode: Mode, work: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let (work, answer) = work::work(work);
        match &self.backend {
            Backend::Sqlite(pool) => pool.enqueue(mode, work)?,
            Backend::Postgres(pool) => pool.enqueue(mode, work)?,
        }
        answer.await.unwrap_or_else(|_| Err(Error::Closed.into()))
    }
}

/// Hands events on. Whatever happens there must not end the database's thread.
pub(crate) fn tell(on_commit: &OnCommit, events: Vec<Committed>) {
    if let Err(panic) = work::catch(|| on_commit(events)) {
        work::panicked(&*panic);
        tracing::error!("Committed events were not handed on; clients get them when they resume.");
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::other)
}

fn system_clock() -> Clock {
    Clock::new(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}
