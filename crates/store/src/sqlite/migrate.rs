//! Brings the file to this program's migrations, each in a transaction that keeps everybody else out.

use rusqlite::{Connection, OptionalExtension};

use super::connection::plain;
use crate::migrations::{self, Applied, Migration};
use crate::{Engine, Error, Options, Result};

/// Applies what is missing.
pub(super) fn migrate(connection: &mut Connection, options: &Options) -> Result<()> {
    let list = options.migrations;
    migrations::check(Engine::Sqlite, list, &applied(connection)?)?;
    for migration in list {
        apply(connection, migration, options)?;
    }
    Ok(())
}

/// Another process may apply the same one: it is looked up again under the lock.
fn apply(connection: &mut Connection, migration: &Migration, options: &Options) -> Result<()> {
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive).map_err(plain)?;
    transaction.execute_batch(migrations::TABLE).map_err(plain)?;
    let there = applied(&transaction)?;
    migrations::check(Engine::Sqlite, options.migrations, &there)?;
    if there.iter().any(|applied| applied.number == migration.number) {
        return Ok(());
    }
    transaction.execute_batch(migration.sqlite).map_err(|error| failed(migration, error))?;
    let row = (migration.number, migration.name, migration.checksum(Engine::Sqlite), options.clock.now().millis());
    transaction.execute(migrations::RECORD, row).map_err(plain)?;
    transaction.commit().map_err(|error| failed(migration, error))?;
    tracing::info!(migration.number, migration.name, "Migration {} was applied.", migration.number);
    Ok(())
}

/// A full disk or a damaged file has a better name than "the migration failed".
fn failed(migration: &Migration, error: rusqlite::Error) -> Error {
    match plain(error) {
        Error::Other { reason } => migration.failed(reason),
        error => error,
    }
}

fn applied(connection: &Connection) -> Result<Vec<Applied>> {
    let read = || {
        let there = "select 1 from sqlite_schema where type = 'table' and name = 'schema_migrations'";
        if connection.query_row(there, (), |_| Ok(())).optional()?.is_none() {
            return Ok(Vec::new());
        }
        let mut statement = connection.prepare(migrations::APPLIED)?;
        let rows = statement
            .query_map((), |row| Ok(Applied { number: row.get(0)?, name: row.get(1)?, checksum: row.get(2)? }))?;
        rows.collect()
    };
    read().map_err(plain)
}
