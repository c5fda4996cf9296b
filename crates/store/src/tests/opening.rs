//! Opening: migrations, newer and damaged databases, addresses that cannot be used.

use std::path::Path;

use super::{LIST, insert_note, note_numbers};
use crate::testing::{TestDb, on_postgres, on_sqlite};
use crate::{Db, Error, Migration, Options, both, sql};

static CHANGED: &[Migration] = &[LIST[0], Migration { sqlite: "select 1", postgres: "select 1", ..LIST[1] }];
static BROKEN: &[Migration] = &[
    LIST[0],
    LIST[1],
    Migration {
        number: 3,
        name: "broken",
        sqlite: "create table half (id integer); create table half (id integer);",
        postgres: "create table half (id bigint); create table half (id bigint);",
    },
];

async fn open(options: Options) -> Result<Db, Error> {
    Db::open(options, |_| ()).await
}

both! {
    migrations = LIST;

    async fn opening_twice_migrates_once(db: TestDb) {
        db.write(async |tx| insert_note(tx, 1).await).await.unwrap();
        let again = open(db.options()).await.unwrap();
        assert_eq!(again.read(async |tx| note_numbers(tx).await).await.unwrap(), [1]);
        let applied: Vec<(i64, String)> = again
            .read(async |tx| tx.all(sql!("select number, name from schema_migrations order by number"), ()).await)
            .await
            .unwrap();
        assert_eq!(applied, [(1, "layer".to_owned()), (2, "trial".to_owned())]);
        again.close().await;
    }

    async fn a_newer_database_is_left_alone(db: TestDb) {
        let old = open(Options { migrations: &LIST[..1], ..db.options() }).await;
        assert!(matches!(old, Err(Error::Newer { found: 2, known: 1 })), "{:?}", old.err());
    }

    async fn an_applied_migration_is_never_edited(db: TestDb) {
        let changed = open(Options { migrations: CHANGED, ..db.options() }).await;
        assert!(matches!(&changed, Err(Error::MigrationChanged { number: 2, name }) if name == "trial"), "{:?}", changed.err());
    }

    async fn a_migration_that_fails_leaves_no_trace(db: TestDb) {
        let broken = open(Options { migrations: BROKEN, ..db.options() }).await;
        assert!(matches!(&broken, Err(Error::MigrationFailed { number: 3, .. })), "{:?}", broken.err());
        let half = db.read(async |tx| tx.all::<(i64,)>("select id from half", ()).await).await;
        assert!(half.is_err());
        open(db.options()).await.unwrap().close().await;
    }

    async fn two_nodes_may_start_at_once(db: TestDb) {
        db.write(async |tx| {
            tx.run("drop table notes", ()).await?;
            tx.run("drop table things", ()).await?;
            tx.run("drop table pairs", ()).await?;
            tx.run("delete from schema_migrations where number = 2", ()).await
        })
        .await
        .unwrap();
        let opened = futures_util::future::join_all((0..4).map(|_| open(db.options()))).await;
        for node in opened {
            node.unwrap().close().await;
        }
        db.write(async |tx| insert_note(tx, 1).await).await.unwrap();
    }
}

#[test]
fn a_damaged_file_is_not_opened() {
    on_sqlite(LIST, async |db: TestDb| {
        db.write(async |tx| insert_note(tx, 1).await).await.unwrap();
        let options = db.options();
        let file = options.url.trim_start_matches("sqlite:").to_owned();
        db.close().await;
        let whole = std::fs::read(&file).unwrap();
        let mut garbage = whole.clone();
        garbage[..16].copy_from_slice(b"not a database!!");
        for (what, bytes) in [
            ("garbage in front", &garbage[..]),
            ("half of the file", &whole[..whole.len() / 2]),
            ("all but the last page", &whole[..whole.len() - 4096]),
            ("the first kilobyte", &whole[..1024]),
            ("a text", b"Dear Nora, this is not a database, though it is long enough to look like one at first sight."),
        ] {
            std::fs::write(&file, bytes).unwrap();
            let opened = open(options.clone()).await;
            assert!(matches!(opened, Err(Error::Damaged { .. })), "{what}: {:?}", opened.err());
        }
        std::fs::write(&file, &whole).unwrap();
        let db = open(options).await.unwrap();
        assert_eq!(db.read(async |tx| note_numbers(tx).await).await.unwrap(), [1]);
        db.close().await;
    });
}

#[test]
fn addresses_that_cannot_be_used_are_explained() {
    on_sqlite(LIST, async |_: TestDb| {
        for url in [
            "mysql://localhost/x",
            "waggle.db",
            "sqlite:",
            "sqlite::memory:",
            "sqlite:/nowhere/at/all/waggle.db",
            "postgres://nora:secret@localhost:notaport/x",
            "postgres://nora:secret@localhost/x?sslmode=require",
        ] {
            let opened = open(Options::new(url)).await;
            let error = opened.err().unwrap_or_else(|| panic!("{url} was opened"));
            assert!(matches!(error, Error::Options { .. }), "{url}: {error:?}");
            assert!(!error.to_string().contains("secret"), "{error}");
        }
        assert!(!Path::new("/nowhere").exists());
        let nobody = open(Options::new("postgres://nora@127.0.0.1:1/waggle")).await;
        assert!(matches!(nobody, Err(Error::Unreachable { .. })), "{:?}", nobody.err());
    });
}

#[test]
fn a_wrong_database_name_is_unreachable() {
    on_postgres(LIST, async |db: TestDb| {
        let url = db.options().url;
        let (server, _) = url.split_once('?').unwrap();
        let (server, _) = server.rsplit_once('/').unwrap();
        let opened = open(Options::new(&format!("{server}/there_is_no_such_database"))).await;
        let error = opened.err().unwrap();
        assert!(
            matches!(&error, Error::Unreachable { reason } if reason.contains("there_is_no_such_database")),
            "{error:?}"
        );
    });
}
