//! Values there and back, and statements that do not fit their parameters or rows.

use model::access::Role;
use model::{AccountId, Time};
use uuid::Uuid;

use super::LIST;
use crate::testing::{TestDb, differences, on_each};
use crate::{Error, both, prepare_all, row, sql};

row! {
    struct Thing {
        id: AccountId, flag: bool, small: i32, big: i64, ratio: f64, name: String, bytes: Vec<u8>, role: Role,
        made_at: Time, parent_id: Option<AccountId>, note: Option<String>, seen: Option<bool>,
        extra: Option<[u8; 3]>, share: Option<f64>,
    }
}

row! {
    struct Misnamed { name: String, title: String }
}

fn full() -> Thing {
    Thing {
        id: AccountId::from_uuid(Uuid::max()),
        flag: true,
        small: i32::MIN,
        big: i64::MAX,
        ratio: -0.125,
        name: "Zoë 🐝 \u{202e}עברית\n'\"; drop table things; --".into(),
        bytes: vec![0, 255, 10, 0],
        role: Role::Agent,
        made_at: Time::from_millis(-1),
        parent_id: Some(AccountId::from_uuid(Uuid::from_u128(7))),
        note: Some(String::new()),
        seen: Some(false),
        extra: Some([1, 2, 3]),
        share: Some(f64::MAX),
    }
}

fn bare() -> Thing {
    let id = AccountId::from_uuid(Uuid::nil());
    Thing {
        id,
        flag: false,
        parent_id: None,
        note: None,
        seen: None,
        extra: None,
        share: None,
        bytes: Vec::new(),
        ..full()
    }
}

async fn keep(tx: &mut crate::Tx<'_>, thing: &Thing) -> crate::Result<u64> {
    let t = thing;
    tx.run(
        sql!("insert into things (id, flag, small, big, ratio, name, bytes, role, made_at, parent_id, note, seen, extra, share)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"),
        (
            &t.id, &t.flag, &t.small, &t.big, &t.ratio, &t.name, &t.bytes, &t.role, &t.made_at, &t.parent_id, &t.note,
            &t.seen, &t.extra, &t.share,
        ),
    )
    .await
}

both! {
    migrations = LIST;

    async fn every_type_comes_back_as_it_went(db: TestDb) {
        let found: Vec<Thing> = db
            .write(async |tx| {
                assert_eq!((keep(tx, &bare()).await?, keep(tx, &full()).await?), (1, 1));
                tx.all(
                    sql!("select id, flag, small, big, ratio, name, bytes, role, made_at, parent_id, note, seen, extra, share
                        from things order by id"),
                    (),
                )
                .await
            })
            .await
            .unwrap();
        assert_eq!(found, [bare(), full()]);
    }

    async fn values_are_found_again(db: TestDb) {
        let count: crate::Result<i64> = db
            .write(async |tx| {
                keep(tx, &full()).await?;
                let thing = full();
                let (count,): (i64,) = tx
                    .one(
                        sql!("select count(*) from things where id = $1 and flag = $2 and role = $3 and name = $4
                            and bytes = $5 and made_at = $6 and ratio = $7 and flag"),
                        (&thing.id, &thing.flag, &thing.role, thing.name.as_str(), &thing.bytes, &thing.made_at, &thing.ratio),
                    )
                    .await?;
                Ok(count)
            })
            .await;
        assert_eq!(count.unwrap(), 1);
    }

    async fn parameters_go_by_their_number(db: TestDb) {
        let found: (String,) = db
            .read(async |tx| tx.one(sql!("select cast($2 as text) || cast($1 as text) || cast($2 as text)"), ("a", "b")).await)
            .await
            .unwrap();
        assert_eq!(found.0, "bab");
    }

    async fn borrowed_and_owned_parameters_are_the_same(db: TestDb) {
        let (name, none): (&str, Option<&str>) = ("nora", None);
        let found: (String, String, Option<String>) = db
            .read(async move |tx| {
                let sql = sql!("select cast($1 as text), cast($2 as text), cast($3 as text)");
                tx.one(sql, (name, &name, &none)).await
            })
            .await
            .unwrap();
        assert_eq!(found, ("nora".into(), "nora".into(), None));
    }

    async fn too_few_rows_and_too_many(db: TestDb) {
        let sql = sql!("select number from notes where author = $1");
        let missing = db.read(async move |tx| tx.one::<(i64,)>(sql, ("nora",)).await).await;
        assert!(matches!(missing, Err(Error::Missing)), "{missing:?}");
        let none = db.read(async move |tx| tx.opt::<(i64,)>(sql, ("nora",)).await).await;
        assert_eq!(none.unwrap(), None);
        let many = db
            .write(async move |tx| {
                super::super::insert_note(tx, 1).await?;
                super::super::insert_note(tx, 2).await?;
                tx.opt::<(i64,)>(sql, ("nora",)).await
            })
            .await;
        assert!(matches!(many, Err(Error::TooMany)), "{many:?}");
    }

    async fn a_wrong_number_of_parameters_is_said(db: TestDb) {
        let few = db.read(async |tx| tx.one::<(String,)>("select cast($1 as text) || cast($2 as text)", ("a",)).await).await;
        assert!(few.unwrap_err().to_string().starts_with("2 parameters are needed, 1 were given"));
    }

    async fn columns_that_do_not_fit_are_named(db: TestDb) {
        let null = db.read(async |tx| tx.one::<(i64, String)>("select 1, null as title", ()).await).await;
        assert_eq!(null.unwrap_err().to_string(), "column title cannot be read: expected a text, found null");
        let name = db.read(async |tx| tx.one::<Misnamed>("select 'a' as name, 'b' as nickname", ()).await).await;
        assert!(matches!(&name, Err(Error::Decode { reason, .. }) if reason.contains("nickname")), "{name:?}");
        let more = db.read(async |tx| tx.one::<(i64,)>("select 1, 2", ()).await).await;
        assert!(matches!(more, Err(Error::Decode { .. })), "{more:?}");
        let fewer = db.read(async |tx| tx.one::<(i64, i64)>("select 1", ()).await).await;
        assert!(matches!(fewer, Err(Error::Decode { .. })), "{fewer:?}");
        let word = db.read(async |tx| tx.one::<(Role,)>("select 'emperor' as role", ()).await).await;
        assert!(word.unwrap_err().to_string().contains("emperor"));
    }

    async fn every_statement_of_these_tests_is_understood(db: TestDb) {
        assert!(crate::STATEMENTS.len() > 20);
        assert_eq!(prepare_all(&db).await.unwrap(), [""; 0]);
    }
}

#[test]
fn the_engines_have_the_same_tables() {
    on_each(LIST, async |sqlite: TestDb, postgres: TestDb| {
        assert_eq!(
            differences(&sqlite, &postgres).await.unwrap(),
            // Only an index with a name of its own has the same one on both engines.
            ["PostgreSQL only: unique index notes_tag_key on notes (tag)"]
        );
        postgres.write(async |tx| tx.run("alter table pairs drop column b", ()).await).await.unwrap();
        let found = differences(&sqlite, &postgres).await.unwrap();
        assert!(found.contains(&"SQLite only: column pairs.b text not null key".to_owned()), "{found:?}");
    });
}

#[test]
fn the_program_has_the_same_tables_on_both() {
    on_each(crate::migrations::MIGRATIONS, async |sqlite: TestDb, postgres: TestDb| {
        assert_eq!(differences(&sqlite, &postgres).await.unwrap(), [""; 0]);
    });
}
