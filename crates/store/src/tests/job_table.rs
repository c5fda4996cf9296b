//! The life of a job.

use std::time::Duration;

use futures_util::future::join_all;
use model::Time;

use super::LIST;
use crate::testing::TestDb;
use crate::{Db, Error, both, jobs};

const LEASE: Duration = Duration::from_secs(60);

async fn claim(db: &Db, kinds: &'static [&'static str], now: i64, limit: i64) -> Vec<jobs::Job> {
    db.write(async move |tx| jobs::claim(tx, kinds, Time::from_millis(now), LEASE, limit).await).await.unwrap()
}

async fn enqueue(db: &Db, key: &'static str, run_at: i64) -> bool {
    db.write(async move |tx| jobs::enqueue(tx, "mail", key, "{\"to\":\"nora\"}", Time::from_millis(run_at)).await)
        .await
        .unwrap()
}

both! {
    migrations = LIST;

    async fn a_job_is_added_once_and_claimed_when_due(db: TestDb) {
        assert!(enqueue(&db, "late", 2_000).await);
        assert!(enqueue(&db, "early", 1_000).await);
        assert!(!enqueue(&db, "early", 9_000).await);
        assert!(claim(&db, &["mail"], 999, 10).await.is_empty());
        assert!(claim(&db, &["webhook"], 5_000, 10).await.is_empty());
        let held = claim(&db, &["webhook", "mail"], 5_000, 10).await;
        let seen: Vec<_> = held.iter().map(|job| (job.idempotency_key.as_str(), job.attempts, job.payload.as_str())).collect();
        assert_eq!(seen, [("early", 1, "{\"to\":\"nora\"}"), ("late", 1, "{\"to\":\"nora\"}")]);
        assert!(claim(&db, &["mail"], 5_000, 10).await.is_empty());
    }

    async fn a_lost_lease_is_somebody_elses(db: TestDb) {
        enqueue(&db, "one", 0).await;
        let first = claim(&db, &["mail"], 0, 1).await.remove(0);
        let second = claim(&db, &["mail"], 60_000, 1).await.remove(0);
        assert_eq!((first.attempts, second.attempts), (1, 2));
        assert!(!db.write(async move |tx| jobs::done(tx, &first).await).await.unwrap());
        let again = second.clone();
        assert!(db.write(async move |tx| jobs::done(tx, &second).await).await.unwrap());
        assert!(!db.write(async move |tx| jobs::fail(tx, &again, "late", 0.0).await).await.unwrap());
        assert!(claim(&db, &["mail"], i64::MAX / 2, 1).await.is_empty());
        let forgotten = db.write(async |tx| jobs::forget(tx, Time::from_millis(1), 10).await).await;
        assert_eq!(forgotten.unwrap(), 1);
        assert!(enqueue(&db, "one", 0).await);
    }

    async fn a_failure_is_tried_again_later_until_given_up(db: TestDb) {
        enqueue(&db, "one", 0).await;
        let job = claim(&db, &["mail"], 0, 1).await.remove(0);
        let due = db
            .write(async move |tx| {
                assert!(jobs::fail(tx, &job, "no answer", 0.0).await?);
                Ok::<_, Error>(tx.now() + Duration::from_secs(5))
            })
            .await
            .unwrap();
        assert!(claim(&db, &["mail"], due.millis() - 1, 1).await.is_empty());
        let job = claim(&db, &["mail"], due.millis(), 1).await.remove(0);
        assert_eq!(job.attempts, 2);
        assert!(db.write(async move |tx| jobs::give_up(tx, &job, "no such person").await).await.unwrap());
        assert!(claim(&db, &["mail"], i64::MAX / 2, 1).await.is_empty());
    }

    async fn two_workers_never_hold_the_same_job(db: TestDb) {
        let keys: Vec<String> = (0..60).map(|number| format!("job {number}")).collect();
        db.write(async move |tx| {
            for key in &keys {
                jobs::enqueue(tx, "mail", key, "", Time::from_millis(0)).await?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
        let workers = (0..8).map(|_| async {
            let mut held = Vec::new();
            loop {
                let mut jobs = claim(&db, &["mail"], 10, 4).await;
                if jobs.is_empty() {
                    return held;
                }
                held.append(&mut jobs);
            }
        });
        let mut held: Vec<_> = join_all(workers).await.concat().into_iter().map(|job| job.id).collect();
        held.sort();
        held.dedup();
        assert_eq!(held.len(), 60);
    }
}
