//! Closures as transactions: what is kept, what is not, and whom a failure concerns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::time::Duration;

use futures_util::future::{join, join_all};

use super::{LIST, Problem, behind, emit, insert_note, note_numbers, organization};
use crate::testing::TestDb;
use crate::{Error, Options, both, sql};

both! {
    migrations = LIST;

    async fn what_returned_ok_is_kept(db: TestDb) {
        db.write(async |tx| insert_note(tx, 1).await).await.unwrap();
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [1]);
        db.ping().await.unwrap();
    }

    async fn an_err_rolls_back_its_own_closure_only(db: TestDb) {
        let writes = (0..40).map(|number| {
            db.write(async move |tx| {
                insert_note(tx, number).await?;
                emit(tx, organization(1), number as u128);
                if number % 4 == 0 { Err(Problem::Refused) } else { Ok(()) }
            })
        });
        let refused = behind(&db, join_all(writes)).await.into_iter().filter(|result| matches!(result, Err(Problem::Refused))).count();
        assert_eq!(refused, 10);
        let expected: Vec<i64> = (0..40).filter(|number| number % 4 != 0).collect();
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), expected);
        assert_eq!(db.committed().len(), 30);
    }

    async fn a_panic_concerns_its_own_closure_only(db: TestDb) {
        let writes = (0..20).map(|number| {
            db.write(async move |tx| {
                insert_note(tx, number).await?;
                assert!(number % 5 != 0, "a trial");
                Ok::<_, Error>(())
            })
        });
        let results = behind(&db, join_all(writes)).await;
        assert_eq!(results.iter().filter(|result| matches!(result, Err(Error::Panicked))).count(), 4);
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 16);
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap().len(), 16);
        let read = db.read(async |tx| -> Result<(), Error> { panic!("{}", note_numbers(tx).await?.len()) }).await;
        assert!(matches!(read, Err(Error::Panicked)), "{read:?}");
        db.ping().await.unwrap();
    }

    async fn waiting_for_anything_else_is_refused(db: TestDb) {
        let slow = db
            .write(async |tx| {
                insert_note(tx, 1).await?;
                std::future::pending::<()>().await;
                Ok::<_, Error>(())
            })
            .await;
        assert!(matches!(slow, Err(Error::Awaited)), "{slow:?}");
        let (_keep, never) = tokio::sync::oneshot::channel::<()>();
        let slow = db
            .read(async move |tx| {
                note_numbers(tx).await?;
                never.await.map_err(Error::other)
            })
            .await;
        assert!(matches!(slow, Err(Error::Awaited)), "{slow:?}");
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [0_i64; 0]);
    }

    async fn a_statement_that_failed_fails_its_closure(db: TestDb) {
        let swallowed = db
            .write(async |tx| {
                insert_note(tx, 1).await?;
                let again = insert_note(tx, 1).await;
                assert_eq!(again.unwrap_err().conflict(), Some("notes_pkey"));
                assert_eq!(note_numbers(tx).await.unwrap_err().conflict(), Some("notes_pkey"));
                Ok::<_, Error>(())
            })
            .await;
        assert_eq!(swallowed.unwrap_err().conflict(), Some("notes_pkey"));
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [0_i64; 0]);
    }

    async fn conflicts_have_names(db: TestDb) {
        let insert = sql!("insert into notes (number, author, client_id, tag) values ($1, $2, $3, $4)");
        let pair = sql!("insert into pairs (a, b) values ($1, $2)");
        db.write(async move |tx| {
            tx.run(insert, (&1_i64, "nora", "c1", "red")).await?;
            tx.run(pair, ("x", "y")).await
        })
        .await
        .unwrap();
        for (number, client, tag, name) in
            [(1_i64, "c2", "blue", "notes_pkey"), (2, "c1", "blue", "notes_client"), (2, "c2", "red", "notes_tag_key")]
        {
            let conflict = db.write(async move |tx| tx.run(insert, (&number, "nora", client, tag)).await).await;
            assert_eq!(conflict.unwrap_err().conflict(), Some(name));
        }
        let conflict = db.write(async move |tx| tx.run(pair, ("x", "y")).await).await;
        assert_eq!(conflict.unwrap_err().conflict(), Some("pairs_pkey"));
    }

    async fn a_read_sees_one_snapshot(db: TestDb) {
        db.write(async |tx| insert_note(tx, 1).await).await.unwrap();
        // A node of its own, because the closure below blocks the thread that it runs on.
        let other = TestDb::open(db.options()).await.unwrap();
        let (began, has_begun) = tokio::sync::oneshot::channel();
        let (go, may_go_on) = mpsc::channel::<()>();
        let reading = db.read(async move |tx| {
            let before = note_numbers(tx).await?;
            began.send(()).unwrap();
            may_go_on.recv().unwrap();
            Ok::<_, Error>((before, note_numbers(tx).await?))
        });
        let writing = async {
            has_begun.await.unwrap();
            other.write(async |tx| insert_note(tx, 2).await).await.unwrap();
            go.send(()).unwrap();
        };
        let (read, ()) = join(reading, writing).await;
        assert_eq!(read.unwrap(), (vec![1], vec![1]));
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [1, 2]);
        other.close().await;
    }

    async fn a_read_cannot_write(db: TestDb) {
        let write = db.read(async |tx| insert_note(tx, 1).await).await;
        assert!(matches!(write, Err(Error::ReadOnly)), "{write:?}");
        let event = db
            .read(async |tx| {
                emit(tx, organization(1), 1);
                Ok::<_, Error>(())
            })
            .await;
        assert!(matches!(event, Err(Error::ReadOnly)), "{event:?}");
        db.write(async |tx| insert_note(tx, 1).await).await.unwrap();
    }

    async fn a_closure_nobody_waits_for_is_not_begun(db: TestDb) {
        let ran = Arc::new(AtomicUsize::new(0));
        let (go, may_go_on) = mpsc::channel::<()>();
        let (began, has_begun) = tokio::sync::oneshot::channel();
        let first = {
            let (db, ran) = (db.db(), ran.clone());
            tokio::spawn(async move {
                db.write(async move |tx| {
                    began.send(()).unwrap();
                    may_go_on.recv().unwrap();
                    ran.fetch_add(1, Ordering::Relaxed);
                    insert_note(tx, 1).await
                })
                .await
            })
        };
        has_begun.await.unwrap();
        let counted = ran.clone();
        let second = db.write(async move |tx| {
            counted.fetch_add(1, Ordering::Relaxed);
            insert_note(tx, 2).await
        });
        assert!(tokio::time::timeout(Duration::from_millis(20), second).await.is_err());
        go.send(()).unwrap();
        first.await.unwrap().unwrap();
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [1]);
        assert_eq!(ran.load(Ordering::Relaxed), 1);
    }

    async fn a_full_queue_is_said_at_once(db: TestDb) {
        let small = TestDb::open(Options { queue: 2, connections: 1, ..db.options() }).await.unwrap();
        let writes = (0..50).map(|number| small.write(async move |tx| insert_note(tx, number).await));
        let results = behind(&small, join_all(writes)).await;
        let (kept, refused): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
        assert!(refused.iter().all(|result| matches!(result, Err(Error::Overloaded))), "{refused:?}");
        assert_eq!((kept.len(), refused.len()), (2, 48));
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [0, 1]);
        small.write(async |tx| insert_note(tx, 100).await).await.unwrap();
        small.close().await;
    }

    async fn closing_waits_for_what_is_queued(db: TestDb) {
        let (handle, held, options) = (db.db(), db.db(), db.options());
        let writes = (0..30).map(|number| handle.write(async move |tx| insert_note(tx, number).await));
        let (results, ()) = behind(&held, join(join_all(writes), async { tokio::spawn(db.close()); })).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");
        while handle.ping().await.is_ok() {
            tokio::task::yield_now().await;
        }
        let after = handle.write(async move |tx| insert_note(tx, 99).await).await;
        assert!(matches!(after, Err(Error::Closed)), "{after:?}");
        assert!(matches!(handle.ping().await, Err(Error::Closed)));
        let again = TestDb::open(options).await.unwrap();
        assert_eq!(again.read(async |tx| note_numbers(tx).await).await.unwrap().len(), 30);
        again.close().await;
    }

    async fn a_handler_can_be_spawned(db: TestDb) {
        // What matters is that this compiles: a handler's future is `Send` though the closure's is not.
        async fn handler(db: crate::Db, name: String) -> Result<usize, Problem> {
            let length = name.len();
            db.write(async move |tx| {
                let local = std::rc::Rc::new(name);
                insert_note(tx, 5).await?;
                Ok::<_, Problem>(local.len())
            })
            .await
            .map(|inner| inner.max(length))
        }
        assert_eq!(tokio::spawn(handler(db.db(), "nora".into())).await.unwrap().unwrap(), 4);
        let again = tokio::spawn(handler(db.db(), "nora".into())).await.unwrap();
        assert!(matches!(&again, Err(Problem::Store(error)) if error.conflict() == Some("notes_pkey")), "{again:?}");
    }
}

#[test]
fn sqlite_empties_its_log_when_it_closes() {
    crate::testing::on_sqlite(LIST, async |db: TestDb| {
        let url = db.options().url;
        let wal = std::path::PathBuf::from(format!("{}-wal", url.trim_start_matches("sqlite:")));
        for number in 0..100 {
            db.write(async move |tx| insert_note(tx, number).await).await.unwrap();
        }
        assert!(wal.metadata().unwrap().len() > 0);
        db.close().await;
        assert!(!wal.exists(), "the log is still there");
    });
}

#[test]
fn sqlite_copies_its_log_while_it_writes() {
    crate::testing::on_sqlite(LIST, async |db: TestDb| {
        let file = db.options().url.trim_start_matches("sqlite:").to_owned();
        let text = "x".repeat(4_000);
        for round in 0..60_i64 {
            let text = text.clone();
            db.write(async move |tx| {
                for number in 0..100_i64 {
                    let id = (round * 100 + number).to_string();
                    tx.run(sql!("insert into pairs (a, b) values ($1, $2)"), (&id, &text)).await?;
                }
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        }
        let size = |path: &str| std::fs::metadata(path).unwrap().len();
        // Nobody writes any more, and yet the file grows to what was written before the last nudge.
        let patience = std::time::Instant::now() + Duration::from_secs(30);
        while size(&file) < 20_000_000 {
            assert!(std::time::Instant::now() < patience, "the file has only {} bytes", size(&file));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        db.close().await;
        assert!(size(&file) > 24_000_000);
    });
}
