//! Tests on both engines.
//!
//! [`both!`](crate::both) turns one body into two tests: on SQLite in a temporary folder, and on PostgreSQL in a fresh
//! schema when `WAGGLE_TEST_POSTGRES` holds a URL. Nothing of either is left behind, whatever the test does.

use std::future::Future;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use futures_util::FutureExt;
use tokio_postgres::NoTls;

use crate::{Committed, Db, Engine, Migration, Options, Result, row, sql};

/// The variable with the URL of a PostgreSQL database in which tests may make schemas.
pub const VARIABLE: &str = "WAGGLE_TEST_POSTGRES";

/// A migrated database of its own for one test; used like a [`Db`].
pub struct TestDb {
    db: Db,
    options: Options,
    committed: Arc<Mutex<Vec<Committed>>>,
}

impl TestDb {
    /// Opens what the options say and collects its events.
    ///
    /// # Errors
    /// Those of [`Db::open`].
    pub async fn open(options: Options) -> Result<Self> {
        let committed = Arc::new(Mutex::new(Vec::new()));
        let collected = committed.clone();
        let collect = move |mut events: Vec<Committed>| {
            collected.lock().unwrap_or_else(PoisonError::into_inner).append(&mut events);
        };
        let db = Db::open(options.clone(), collect).await?;
        Ok(Self { db, options, committed })
    }

    /// Every event committed so far, in the order in which `on_commit` got them.
    pub fn committed(&self) -> Vec<Committed> {
        self.committed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How it was opened, to open the same database once more.
    pub fn options(&self) -> Options {
        self.options.clone()
    }

    /// The database, to be kept somewhere else.
    pub fn db(&self) -> Db {
        self.db.clone()
    }

    /// Closes it.
    pub async fn close(self) {
        self.db.close().await;
    }
}

impl Deref for TestDb {
    type Target = Db;

    fn deref(&self) -> &Db {
        &self.db
    }
}

/// Makes two tests of each body, `name::sqlite` and `name::postgres`.
///
/// `both! { async fn posting_twice_is_once(db: TestDb) { … } }`; with `migrations = LIST;` in front, the databases
/// are migrated to that list instead of the program's.
#[macro_export]
macro_rules! both {
    (migrations = $migrations:expr; $($tests:tt)+) => { $crate::both!(@ $migrations; $($tests)+); };
    (@ $migrations:expr; $($(#[$attribute:meta])* async fn $name:ident($db:ident: $type:ty) $body:block)+) => { $(
        $(#[$attribute])*
        mod $name {
            #[allow(unused_imports, reason = "a body may name nothing but its database")]
            use super::*;

            async fn body($db: $type) $body

            #[test]
            fn sqlite() {
                $crate::testing::on_sqlite($migrations, body);
            }

            #[test]
            fn postgres() {
                $crate::testing::on_postgres($migrations, body);
            }
        }
    )+ };
    ($($tests:tt)+) => { $crate::both!(@ $crate::migrations::MIGRATIONS; $($tests)+); };
}

/// Runs a test on SQLite.
///
/// # Panics
/// When the test does, or the database cannot be made.
pub fn on_sqlite<F: Future<Output = ()>>(migrations: &'static [Migration], body: impl FnOnce(TestDb) -> F) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    block_on(async {
        body(open_sqlite(folder.path(), migrations).await).await;
    });
}

/// Runs a test on PostgreSQL, or says that it did not.
///
/// # Panics
/// When the test does, or the database cannot be made.
pub fn on_postgres<F: Future<Output = ()>>(migrations: &'static [Migration], body: impl FnOnce(TestDb) -> F) {
    let Some(schema) = Schema::new() else { return };
    block_on(schema.during(async |schema: &Schema| body(schema.open(migrations).await).await));
}

/// Runs a test on one database of each engine, for comparisons. Says so when it did not.
///
/// # Panics
/// When the test does, or a database cannot be made.
pub fn on_each<F: Future<Output = ()>>(migrations: &'static [Migration], body: impl FnOnce(TestDb, TestDb) -> F) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let Some(schema) = Schema::new() else { return };
    block_on(schema.during(async |schema: &Schema| {
        body(open_sqlite(folder.path(), migrations).await, schema.open(migrations).await).await;
    }));
}

/// What differs between the tables, columns and indexes of two migrated databases; empty when nothing does.
///
/// A `bigint` and a `boolean` are SQLite's `integer`, a `uuid` and a `bytea` its `blob`. Full-text indexes are left out:
/// virtual tables there, `tsvector` columns and `gin` indexes here.
///
/// # Errors
/// What the engines say.
pub async fn differences(sqlite: &Db, postgres: &Db) -> Result<Vec<String>> {
    let (sqlite, postgres) = (sqlite_shape(sqlite).await?, postgres_shape(postgres).await?);
    let only_sqlite = sqlite.iter().filter(|line| !postgres.contains(line)).map(|line| format!("SQLite only: {line}"));
    let only_postgres =
        postgres.iter().filter(|line| !sqlite.contains(line)).map(|line| format!("PostgreSQL only: {line}"));
    Ok(only_sqlite.chain(only_postgres).collect())
}

/// A schema that is removed at the end.
struct Schema {
    url: String,
    name: String,
}

impl Schema {
    fn new() -> Option<Self> {
        let Ok(url) = std::env::var(VARIABLE) else {
            eprintln!("skipped: {VARIABLE} is not set, so nothing was tried on PostgreSQL");
            return None;
        };
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let nanos = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos());
        let name = format!("test_{}_{nanos}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        Some(Self { url, name })
    }

    /// The test's sessions find their schema, and are found, by its name.
    async fn open(&self, migrations: &'static [Migration]) -> TestDb {
        let joint = if self.url.contains('?') { '&' } else { '?' };
        let name = &self.name;
        let url = format!("{}{joint}options=-csearch_path%3D{name}&application_name={name}", self.url);
        let options = Options { migrations, connections: 8, ..Options::new(&url) };
        TestDb::open(options).await.expect("a migrated schema")
    }

    async fn during(&self, body: impl AsyncFnOnce(&Self)) {
        self.script(&format!("create schema {}", self.name)).await;
        let outcome = AssertUnwindSafe(body(self)).catch_unwind().await;
        let sessions = "select pg_terminate_backend(pid) from pg_stat_activity where application_name =";
        self.script(&format!("{sessions} '{}'", self.name)).await;
        self.script(&format!("drop schema {} cascade", self.name)).await;
        if let Err(panic) = outcome {
            resume_unwind(panic);
        }
    }

    async fn script(&self, sql: &str) {
        let (client, connection) =
            tokio_postgres::connect(&self.url, NoTls).await.unwrap_or_else(|error| panic!("{VARIABLE}: {error}"));
        let connection = tokio::spawn(connection);
        client.batch_execute("set client_min_messages = warning").await.expect("a setting");
        client.batch_execute(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
        drop(client);
        // It ends when its client is gone.
        let _ = connection.await;
    }
}

async fn open_sqlite(folder: &std::path::Path, migrations: &'static [Migration]) -> TestDb {
    let url = format!("sqlite:{}", folder.join("test.db").display());
    TestDb::open(Options { migrations, ..Options::new(&url) }).await.expect("a migrated file")
}

fn block_on(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.expect("a runtime").block_on(test);
}

type ColumnRow = (String, String, String, bool, bool);
type IndexRow = (String, String, bool, String);

row! {
    struct ColumnName { table_name: String, column_name: String }
}

/// The columns of the whole database, as `table.column`, in which this text stands, in any case, as text or as bytes.
///
/// # Errors
/// What the engine says.
pub async fn places(db: &Db, text: &str) -> Result<Vec<String>> {
    let engine = db.engine();
    let names = engine.pick(
        sql!(sqlite "select m.name as table_name, p.name as column_name from sqlite_master m, pragma_table_info(m.name) p
            where m.type = 'table' and m.sql not like 'create virtual%'"),
        sql!(postgres "select table_name::text, column_name::text from information_schema.columns
            where table_schema = current_schema()"),
    );
    let columns: Vec<ColumnName> = db.read(async move |tx| tx.all(names, ()).await).await?;
    let mut places = Vec::new();
    for ColumnName { table_name, column_name } in columns {
        // Statements are never put together; a test that reads every column of every table is the exception.
        let sql = match engine {
            Engine::Sqlite => format!(
                "select count(*) from \"{table_name}\" where instr(lower(cast(\"{column_name}\" as text)), $1) > 0
                or instr(cast(\"{column_name}\" as blob), cast($1 as blob)) > 0"
            ),
            Engine::Postgres => format!(
                "select count(*) from \"{table_name}\" where lower(\"{column_name}\"::text) like '%' || $1 || '%'
                or \"{column_name}\"::text like '%' || encode($1::text::bytea, 'hex') || '%'"
            ),
        };
        let sql: &'static str = Box::leak(sql.into_boxed_str());
        let wanted = text.to_lowercase();
        let (count,): (i64,) = db.read(async move |tx| tx.one(sql, (&wanted,)).await).await?;
        if count > 0 {
            places.push(format!("{table_name}.{column_name}"));
        }
    }
    Ok(places)
}

async fn sqlite_shape(db: &Db) -> Result<Vec<String>> {
    db.read(async |tx| {
        let columns: Vec<ColumnRow> = tx
            .all(
                sql!(sqlite "select t.name, c.name, lower(c.type), c.\"notnull\" or c.pk > 0, c.pk > 0
                    from pragma_table_list t join pragma_table_info(t.name) c
                    where t.type = 'table' and t.name not like 'sqlite_%'"),
                (),
            )
            .await?;
        let indexes: Vec<IndexRow> = tx
            .all(
                sql!(sqlite "select t.name, i.name, i.\"unique\",
                        (select group_concat(name, ',') from (select name from pragma_index_info(i.name) order by seqno))
                    from pragma_table_list t join pragma_index_list(t.name) i
                    where t.type = 'table' and i.origin = 'c'"),
                (),
            )
            .await?;
        Ok(lines(columns, indexes))
    })
    .await
}

async fn postgres_shape(db: &Db) -> Result<Vec<String>> {
    db.read(async |tx| {
        let columns: Vec<ColumnRow> = tx
            .all(
                sql!(postgres "select c.relname::text, a.attname::text, format_type(a.atttypid, null), a.attnotnull,
                        coalesce(a.attnum = any (k.indkey), false)
                    from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                    left join pg_index k on k.indrelid = c.oid and k.indisprimary
                    where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
                        and a.atttypid <> 'tsvector'::regtype"),
                (),
            )
            .await?;
        let indexes: Vec<IndexRow> = tx
            .all(
                sql!(postgres "select c.relname::text, i.relname::text, k.indisunique,
                        (select string_agg(a.attname, ',' order by n.at) from unnest(k.indkey) with ordinality n (num, at)
                            join pg_attribute a on a.attrelid = c.oid and a.attnum = n.num)
                    from pg_index k join pg_class c on c.oid = k.indrelid join pg_class i on i.oid = k.indexrelid
                        join pg_am m on m.oid = i.relam
                    where not k.indisprimary and m.amname <> 'gin' and c.relnamespace = current_schema()::regnamespace"),
                (),
            )
            .await?;
        Ok(lines(columns, indexes))
    })
    .await
}

fn lines(columns: Vec<ColumnRow>, indexes: Vec<IndexRow>) -> Vec<String> {
    let columns = columns.into_iter().map(|(table, column, ty, required, key)| {
        let (null, key) = (if required { " not null" } else { "" }, if key { " key" } else { "" });
        format!("column {table}.{column} {}{null}{key}", class(&ty))
    });
    let indexes = indexes.into_iter().map(|(table, name, unique, columns)| {
        format!("{}index {name} on {table} ({columns})", if unique { "unique " } else { "" })
    });
    let mut lines: Vec<String> = columns.chain(indexes).collect();
    lines.sort();
    lines
}

fn class(ty: &str) -> &str {
    match ty {
        "bigint" | "integer" | "smallint" | "boolean" => "integer",
        "uuid" | "bytea" | "blob" => "blob",
        "double precision" | "real" => "real",
        other => other,
    }
}
