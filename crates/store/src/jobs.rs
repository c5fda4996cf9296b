//! Work that happens after a transaction: mails, webhooks, imports.
//!
//! 1. [`enqueue`] stands in the transaction that decides on the work: both are kept, or none.
//! 2. A worker [`claim`]s due jobs under a lease. A worker that dies loses its lease, and the job runs again.
//! 3. The worker ends a job with [`done`], [`fail`] (again later) or [`give_up`] (never again).
//!
//! A job runs at least once; what it does outside is made harmless to repeat by its idempotency key.

use std::time::Duration;

use model::{JobId, Time};
use sha2::{Digest, Sha256};

use crate::{Error, Result, Tx, dialect, row, sql};

row! {
    /// A job that a worker holds.
    pub struct Job {
        /// Its id.
        pub id: JobId,
        /// What is to be done.
        pub kind: String,
        /// The same work has the same key.
        pub idempotency_key: String,
        /// JSON, or whatever the kind agrees on.
        pub payload: String,
        /// How often it was claimed, this time included. It tells this lease from an earlier one.
        pub attempts: i64,
        /// When it was due.
        pub run_at: Time,
    }
}

/// The pause after the first failure; it doubles.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(3_600);

/// Adds a job that is due at `run_at`. Returns false, and changes nothing, when the key is there already.
///
/// # Errors
/// What the engine says.
pub async fn enqueue(tx: &mut Tx<'_>, kind: &str, key: &str, payload: &str, run_at: Time) -> Result<bool> {
    let now = tx.now();
    let added = tx
        .run(
            sql!(
                "insert into jobs (id, kind, idempotency_key, payload, attempts, run_at, state, created_at)
                values ($1, $2, $3, $4, 0, $5, 'waiting', $6) on conflict (idempotency_key) do nothing"
            ),
            (&id(now, key), kind, key, payload, &run_at, &now),
        )
        .await?;
    Ok(added == 1)
}

/// Takes up to `limit` jobs of these kinds that are due at `now`, the longest due first. Nobody else gets them until
/// `lease` has passed.
///
/// # Errors
/// What the engine says.
pub async fn claim(tx: &mut Tx<'_>, kinds: &[&str], now: Time, lease: Duration, limit: i64) -> Result<Vec<Job>> {
    let kinds = serde_json::to_string(kinds).map_err(Error::other)?;
    let sql = dialect::claim_jobs(tx.engine());
    let mut jobs: Vec<Job> = tx.all(sql, (&now, &(now + lease), &kinds, &limit)).await?;
    jobs.sort_by_key(|job| (job.run_at, job.id));
    Ok(jobs)
}

/// The job is done. Returns false when the lease had passed and somebody else holds the job, or ended it.
///
/// # Errors
/// What the engine says.
pub async fn done(tx: &mut Tx<'_>, job: &Job) -> Result<bool> {
    let changed = tx
        .run(
            sql!(
                "update jobs set state = 'done', locked_until = null, last_error = null
                where id = $1 and attempts = $2 and state = 'waiting'"
            ),
            (&job.id, &job.attempts),
        )
        .await?;
    Ok(changed == 1)
}

/// The job did not work; it is due again after [`back_off`]. Returns false as [`done`] does.
///
/// # Errors
/// What the engine says.
pub async fn fail(tx: &mut Tx<'_>, job: &Job, error: &str, jitter: f64) -> Result<bool> {
    let run_at = tx.now() + back_off(job.attempts, jitter);
    let changed = tx
        .run(
            sql!(
                "update jobs set run_at = $3, locked_until = null, last_error = $4
                where id = $1 and attempts = $2 and state = 'waiting'"
            ),
            (&job.id, &job.attempts, &run_at, error),
        )
        .await?;
    Ok(changed == 1)
}

/// The job cannot work and is not tried again; it stays for the operator to see. Returns false as [`done`] does.
///
/// # Errors
/// What the engine says.
pub async fn give_up(tx: &mut Tx<'_>, job: &Job, error: &str) -> Result<bool> {
    let changed = tx
        .run(
            sql!(
                "update jobs set state = 'failed', locked_until = null, last_error = $3
                where id = $1 and attempts = $2 and state = 'waiting'"
            ),
            (&job.id, &job.attempts, error),
        )
        .await?;
    Ok(changed == 1)
}

/// Forgets done jobs that were due before this, at most `batch`. Their keys can be used again.
///
/// # Errors
/// What the engine says.
pub async fn forget(tx: &mut Tx<'_>, before: Time, batch: i64) -> Result<u64> {
    tx.run(
        sql!(
            "delete from jobs where id in (
                select id from jobs where state = 'done' and run_at < $1 order by run_at limit $2)"
        ),
        (&before, &batch),
    )
    .await
}

/// How long to wait after this many attempts: 5 s, 10 s, 20 s, … at most an hour. `jitter`, 0 to 1, takes up to half
/// of it away, so that what failed together is not tried together.
pub fn back_off(attempts: i64, jitter: f64) -> Duration {
    let doublings = u32::try_from(attempts.saturating_sub(1).clamp(0, 16)).unwrap_or(0);
    let pause = (PAUSE * 2_u32.pow(doublings)).min(PAUSE_MAX);
    pause.mul_f64(1.0 - 0.5 * if jitter.is_finite() { jitter.clamp(0.0, 1.0) } else { 0.0 })
}

/// The key is unique among jobs, so its hash serves as the random part.
fn id(now: Time, key: &str) -> JobId {
    let hash = Sha256::digest(key.as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(&hash[..10]);
    JobId::new(now, random)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pause_doubles_up_to_an_hour() {
        let seconds = |attempts, jitter| back_off(attempts, jitter).as_secs_f64();
        assert_eq!([1, 2, 3, 10, 11, i64::MAX].map(|n| seconds(n, 0.0)), [5.0, 10.0, 20.0, 2560.0, 3600.0, 3600.0]);
        assert_eq!([seconds(1, 1.0), seconds(2, 0.5), seconds(0, 9.0), seconds(1, f64::NAN)], [2.5, 7.5, 2.5, 5.0]);
    }
}
