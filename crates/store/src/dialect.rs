//! Where the engines need different texts. Everything else is one text.

use crate::{Engine, sql};

/// Takes due jobs: `$1` now, `$2` end of the lease, `$3` kinds as a JSON array, `$4` how many at most.
///
/// PostgreSQL skips jobs that another node takes at this moment; SQLite has one writer.
pub(crate) fn claim_jobs(engine: Engine) -> &'static str {
    engine.pick(
        sql!(sqlite "update jobs set locked_until = $2, attempts = attempts + 1 where id in (
                select id from jobs
                where state = 'waiting' and run_at <= $1 and (locked_until is null or locked_until <= $1)
                    and kind in (select value from json_each($3))
                order by run_at, id limit $4
            ) returning id, kind, idempotency_key, payload, attempts, run_at"),
        sql!(postgres "update jobs set locked_until = $2, attempts = attempts + 1 where id in (
                select id from jobs
                where state = 'waiting' and run_at <= $1 and (locked_until is null or locked_until <= $1)
                    and kind in (select jsonb_array_elements_text($3::jsonb))
                order by run_at, id limit $4 for update skip locked
            ) returning id, kind, idempotency_key, payload, attempts, run_at"),
    )
}
