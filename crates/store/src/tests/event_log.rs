//! The event log: positions without gaps, told once, in order.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::future::join_all;
use model::event::Stream;
use model::{Clock, Time};
use uuid::Uuid;

use super::{LIST, Problem, account, emit, insert_note, left, note_numbers, organization};
use crate::testing::TestDb;
use crate::{Committed, Db, Engine, Error, Options, both, events, sql};

type Log = Vec<(Uuid, i64, Uuid, String)>;

async fn log(db: &Db) -> Log {
    let sql = sql!("select stream_id, position, audience_id, body from events order by stream_id, position");
    db.read(async move |tx| tx.all(sql, ()).await).await.unwrap()
}

fn told(committed: &[Committed]) -> Log {
    let line = |event: &Committed| {
        let body = String::from_utf8(event.json.to_vec()).unwrap();
        (event.stream.uuid(), event.position, event.audience.uuid(), body)
    };
    let mut lines: Log = committed.iter().map(line).collect();
    lines.sort();
    lines
}

both! {
    migrations = LIST;

    async fn fifty_writers_on_three_streams_leave_no_gap(db: TestDb) {
        let streams = [organization(1), organization(2), account(3)];
        let writers = (0..50_u128).map(|writer| {
            let db = db.db();
            async move {
                for round in 0..6_u128 {
                    let outcome = db
                        .write(async move |tx| {
                            // Streams in every order, several events on one, and closures that change their mind.
                            for step in 0..=(writer % 3) {
                                emit(tx, streams[((writer + round + step) % 3) as usize], writer * 100 + round * 10 + step);
                            }
                            emit(tx, streams[(writer % 3) as usize], writer * 100 + round * 10 + 9);
                            insert_note(tx, (writer * 10 + round) as i64).await?;
                            if round == 3 { Err(Problem::Refused) } else { Ok(()) }
                        })
                        .await;
                    assert_eq!(outcome.is_err(), round == 3, "{outcome:?}");
                }
            }
        });
        join_all(writers).await;

        let log = log(&db).await;
        let committed = db.committed();
        assert_eq!(log, told(&committed));
        // Five of six rounds were kept; writers emit 2, 3 or 4 events each.
        assert_eq!(log.len(), 5 * (0..50).map(|writer| writer % 3 + 2).sum::<usize>());
        let mut next: BTreeMap<Uuid, i64> = BTreeMap::new();
        for (stream, position, ..) in &log {
            let expected = next.entry(*stream).or_insert(1);
            assert_eq!(position, expected);
            *expected += 1;
        }
        for stream in streams {
            let position = db.read(async move |tx| events::position(tx, stream).await).await.unwrap();
            assert_eq!(position, next[&stream.uuid()] - 1);
        }
        if db.engine() == Engine::Sqlite {
            in_order(&committed);
        }
    }

    async fn an_event_carries_everything(db: TestDb) {
        let clock = Clock::new(|| Time::from_millis(1_234));
        let db = TestDb::open(Options { clock, ..db.options() }).await.unwrap();
        let now = db
            .write(async |tx| {
                emit(tx, account(9), 5);
                emit(tx, organization(1), 6);
                Ok::<_, Error>(tx.now())
            })
            .await
            .unwrap();
        assert_eq!(now, Time::from_millis(1_234));
        let committed = db.committed();
        let (audience, event) = left(5);
        let mine = committed.iter().find(|one| one.stream == account(9)).unwrap();
        assert_eq!((mine.position, mine.audience, &*mine.event), (1, audience, &event));
        assert_eq!(mine.json, Bytes::from(serde_json::to_string(&event).unwrap()));
        let row: (String, i64, Time, Option<Uuid>) = db
            .read(async |tx| {
                tx.one(
                    sql!("select s.kind, s.first_position, e.created_at, e.subject
                        from events e join streams s on s.id = e.stream_id where s.id = $1"),
                    (&account(9).uuid(),),
                )
                .await
            })
            .await
            .unwrap();
        assert_eq!(row, ("account".into(), 1, Time::from_millis(1_234), None));
    }

    async fn an_unknown_stream_is_at_its_beginning(db: TestDb) {
        let stream = organization(77);
        let at = db
            .read(async move |tx| Ok::<_, Error>((events::position(tx, stream).await?, events::first_position(tx, stream).await?)))
            .await;
        assert_eq!(at.unwrap(), (0, 1));
    }

    async fn a_receiver_that_panics_harms_nobody(db: TestDb) {
        let fragile = Db::open(db.options(), |_| panic!("a trial")).await.unwrap();
        for number in 0..3 {
            fragile
                .write(async move |tx| {
                    emit(tx, organization(1), number as u128);
                    insert_note(tx, number).await
                })
                .await
                .unwrap();
        }
        assert_eq!(log(&db).await.len(), 3);
        fragile.close().await;
    }

    async fn pruning_takes_the_oldest_in_small_batches(db: TestDb) {
        let now = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
        let ticking = now.clone();
        let clock = Clock::new(move || Time::from_millis(ticking.fetch_add(1, std::sync::atomic::Ordering::Relaxed)));
        let db = TestDb::open(Options { clock, ..db.options() }).await.unwrap();
        for number in 0..20_u128 {
            let stream = if number % 2 == 0 { organization(1) } else { account(2) };
            db.write(async move |tx| {
                emit(tx, stream, number);
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        }
        let middle = db
            .read(async |tx| {
                tx.one::<(Time,)>(sql!("select created_at from events where stream_id = $1 and position = 8"), (&organization(1).uuid(),))
                    .await
            })
            .await
            .unwrap()
            .0;
        let mut removed = Vec::new();
        loop {
            let count = db.write(async move |tx| events::prune(tx, middle, 3).await).await.unwrap();
            if count == 0 {
                break;
            }
            removed.push(count);
        }
        assert!(removed.iter().all(|count| *count <= 3), "{removed:?}");
        assert_eq!(removed.iter().sum::<u64>(), 14);
        let first = async |stream: Stream| db.read(async move |tx| events::first_position(tx, stream).await).await.unwrap();
        assert_eq!((first(organization(1)).await, first(account(2)).await), (8, 8));
        // A log that was pruned to its end goes on where it was.
        db.write(async |tx| {
            while events::prune(tx, Time::from_millis(i64::MAX), 100).await? > 0 {}
            emit(tx, organization(1), 1);
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
        assert_eq!(log(&db).await.iter().map(|(_, position, ..)| *position).collect::<Vec<_>>(), [11]);
        assert_eq!(first(organization(1)).await, 11);
    }

    async fn an_organization_keeps_so_many_events_and_no_more(db: TestDb) {
        for number in 0..20_u128 {
            let stream = [organization(1), organization(2), account(3)][(number % 3) as usize];
            db.write(async move |tx| {
                emit(tx, stream, number);
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
        }
        let mut removed = Vec::new();
        loop {
            let count = db.write(async |tx| events::prune_beyond(tx, 3, 2).await).await.unwrap();
            if count == 0 {
                break;
            }
            removed.push(count);
        }
        // Seven each; an account's stream is not an organization's.
        removed.sort_unstable();
        assert_eq!(removed, [2, 2, 2, 2]);
        let first = async |stream: Stream| db.read(async move |tx| events::first_position(tx, stream).await).await.unwrap();
        assert_eq!((first(organization(1)).await, first(organization(2)).await, first(account(3)).await), (5, 5, 1));
        assert_eq!(log(&db).await.len(), 3 + 3 + 6);
    }

    async fn an_event_that_cannot_be_written_takes_its_closure_along(db: TestDb) {
        db.write(async |tx| tx.run("drop table events", ()).await).await.unwrap();
        let lost = db
            .write(async |tx| {
                emit(tx, organization(1), 1);
                insert_note(tx, 1).await
            })
            .await;
        assert!(matches!(lost, Err(Error::Other { .. })), "{lost:?}");
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [0_i64; 0]);
        assert!(db.committed().is_empty());
        db.write(async |tx| insert_note(tx, 2).await).await.unwrap();
    }
}

fn in_order(committed: &[Committed]) {
    let mut last: BTreeMap<Uuid, i64> = BTreeMap::new();
    for event in committed {
        let last = last.entry(event.stream.uuid()).or_insert(0);
        assert_eq!(event.position, *last + 1);
        *last = event.position;
    }
}
