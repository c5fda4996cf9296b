//! Faults from outside: a full disk, a connection that is lost.

use std::time::Duration;

use futures_util::future::join_all;

use super::{LIST, behind, emit, insert_note, note_numbers, organization};
use crate::testing::{TestDb, on_postgres, on_sqlite};
use crate::{Error, sql};

#[test]
fn a_full_disk_is_said_and_nothing_of_it_is_told() {
    on_sqlite(LIST, async |db: TestDb| {
        let (pages,): (i64,) = db.write(async |tx| tx.one("pragma page_count", ()).await).await.unwrap();
        let limit = async |text: &'static str| {
            db.write(async move |tx| tx.one::<(i64,)>(text, ()).await).await.unwrap();
        };
        limit("pragma max_page_count = 1").await;
        let big = "x".repeat(20_000);
        let writes = (0..10_i64).map(|number| {
            let big = big.clone();
            db.write(async move |tx| {
                emit(tx, organization(1), number as u128);
                tx.run(sql!("insert into pairs (a, b) values ($1, $2)"), (&number.to_string(), &big)).await
            })
        });
        for result in join_all(writes).await {
            assert!(matches!(result, Err(Error::Full)), "{result:?}");
        }
        assert!(db.committed().is_empty());
        db.ping().await.unwrap();

        limit("pragma max_page_count = 1000000").await;
        db.write(async |tx| insert_note(tx, 1).await).await.unwrap();
        let (after,): (i64,) = db.write(async |tx| tx.one("pragma page_count", ()).await).await.unwrap();
        assert!(after >= pages);
        let rows: (i64,) = db.read(async |tx| tx.one("select count(*) from pairs", ()).await).await.unwrap();
        assert_eq!(rows, (0,));
    });
}

#[test]
fn a_closure_that_ends_the_transaction_is_refused_with_its_batch() {
    on_sqlite(LIST, async |db: TestDb| {
        let writes = (0..10_i64).map(|number| {
            db.write(async move |tx| {
                insert_note(tx, number).await?;
                emit(tx, organization(1), number as u128);
                if number == 5 { tx.run("rollback", ()).await } else { Ok(0) }
            })
        });
        let results = behind(&db, join_all(writes)).await;
        // Those behind it begin a new transaction.
        assert!(results[..=5].iter().all(Result::is_err) && results[6..].iter().all(Result::is_ok), "{results:?}");
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [6, 7, 8, 9]);
        assert_eq!(db.committed().len(), 4);
        db.write(async |tx| insert_note(tx, 100).await).await.unwrap();
    });
}

/// A deferred foreign key is checked by the commit itself, so this commit fails as a full disk makes one fail.
#[test]
fn a_commit_that_fails_is_answered_to_the_whole_batch() {
    on_sqlite(LIST, async |db: TestDb| {
        db.write(async |tx| {
            tx.run("create table children (id integer primary key, note integer references notes (number) deferrable initially deferred)", ()).await
        })
        .await
        .unwrap();
        let writes = (0..10_i64).map(|number| {
            db.write(async move |tx| {
                insert_note(tx, number).await?;
                emit(tx, organization(1), number as u128);
                let parent = if number == 5 { 999 } else { number };
                tx.run("insert into children (id, note) values ($1, $2)", (&number, &parent)).await
            })
        });
        let results = behind(&db, join_all(writes)).await;
        assert!(results.iter().all(Result::is_err), "{results:?}");
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [0_i64; 0]);
        assert!(db.committed().is_empty());
        db.write(async |tx| insert_note(tx, 100).await).await.unwrap();
    });
}

const TERMINATE: &str = "select count(pg_terminate_backend(pid)) from pg_stat_activity
    where application_name = current_setting('application_name') and pid <> pg_backend_pid()";

#[test]
fn a_lost_connection_is_said_and_made_again() {
    on_postgres(LIST, async |db: TestDb| {
        let warm = join_all((0..8_i64).map(|number| db.write(async move |tx| insert_note(tx, number).await))).await;
        assert!(warm.iter().all(Result::is_ok), "{warm:?}");
        let killed: (i64,) = db.write(async |tx| tx.one(TERMINATE, ()).await).await.unwrap();
        assert!(killed.0 > 0);
        let results =
            join_all((10..40_i64).map(|number| db.write(async move |tx| insert_note(tx, number).await))).await;
        let lost = results.iter().filter(|result| matches!(result, Err(Error::Unreachable { .. }))).count();
        let kept = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(lost + kept, 30, "{results:?}");
        tokio::time::sleep(Duration::from_millis(200)).await;
        let numbers = db.read(async |tx| note_numbers(tx).await).await.unwrap();
        assert_eq!(numbers.len(), 8 + kept);
        db.write(async |tx| insert_note(tx, 100).await).await.unwrap();
    });
}

#[test]
fn a_connection_lost_in_the_middle_fails_its_closure() {
    on_postgres(LIST, async |db: TestDb| {
        let suicide = db
            .write(async |tx| {
                insert_note(tx, 1).await?;
                emit(tx, organization(1), 1);
                tx.run("select pg_terminate_backend(pg_backend_pid())", ()).await
            })
            .await;
        assert!(matches!(suicide, Err(Error::Unreachable { .. })), "{suicide:?}");
        assert!(db.committed().is_empty());
        db.write(async |tx| insert_note(tx, 2).await).await.unwrap();
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [2]);
    });
}

#[test]
fn a_deadlock_is_contention() {
    on_postgres(LIST, async |db: TestDb| {
        db.write(async |tx| {
            insert_note(tx, 1).await?;
            insert_note(tx, 2).await
        })
        .await
        .unwrap();
        let update = sql!("update notes set author = 'b' where number = $1");
        let cross = |first: i64, second: i64| {
            db.write(async move |tx| {
                tx.run(update, (&first,)).await?;
                tx.run("select pg_sleep(1)", ()).await?;
                tx.run(update, (&second,)).await
            })
        };
        let (one, two) = futures_util::future::join(cross(1, 2), cross(2, 1)).await;
        let errors: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
        assert!(matches!(errors[..], [Error::Contended]), "{errors:?}");
    });
}
