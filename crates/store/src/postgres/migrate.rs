//! Brings the database to this program's migrations. An advisory lock keeps other nodes out meanwhile; they wait, and
//! then find the work done.

use tokio_postgres::Config;

use super::Session;
use crate::migrations::{self, Applied, Migration};
use crate::{Engine, Error, Options, Result};

/// Any number that nobody else uses for an advisory lock: "waggle" in ASCII.
const LOCK: &str = "select pg_advisory_lock(131337143970917)";

crate::row! {
    struct AppliedRow { number: i64, name: String, checksum: String }
}

/// Applies what is missing. The session, and with it the lock, ends with this function.
pub(super) async fn migrate(config: &Config, options: &Options) -> Result<()> {
    let session = super::connect(config, options.connect_timeout).await?;
    session.script(LOCK).await?;
    session.script(migrations::TABLE).await?;
    let rows: Vec<AppliedRow> = session.all(migrations::APPLIED, &[]).await?;
    let applied: Vec<_> =
        rows.into_iter().map(|row| Applied { number: row.number, name: row.name, checksum: row.checksum }).collect();
    migrations::check(Engine::Postgres, options.migrations, &applied)?;
    let missing = options.migrations.iter().filter(|one| applied.iter().all(|applied| applied.number != one.number));
    for migration in missing {
        apply(&session, migration, options).await?;
    }
    // Said aloud: the server notices the end of a session a little later.
    session.script("select pg_advisory_unlock_all()").await
}

async fn apply(session: &Session, migration: &Migration, options: &Options) -> Result<()> {
    session.script("begin").await?;
    session.script(migration.postgres).await.map_err(|error| failed(migration, error))?;
    let (checksum, now) = (migration.checksum(Engine::Postgres), options.clock.now());
    use crate::Param;
    let row = [migration.number.put(), migration.name.put(), checksum.put(), now.put()];
    session.run(migrations::RECORD, &row).await?;
    session.script("commit").await.map_err(|error| failed(migration, error))?;
    tracing::info!(migration.number, migration.name, "Migration {} was applied.", migration.number);
    Ok(())
}

/// A full disk or a lost connection has a better name than "the migration failed".
fn failed(migration: &Migration, error: Error) -> Error {
    match error {
        Error::Other { reason } => migration.failed(reason),
        error => error,
    }
}
