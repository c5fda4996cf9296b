//! What the layer promises, tried on both engines.

mod closures;
mod event_log;
mod faults;
mod job_table;
mod opening;
mod values;

use futures_util::future::join;
use model::event::{Audience, Event, Stream};
use model::{AccountId, ConversationId, OrganizationId};
use uuid::Uuid;

use crate::{Db, Error, Migration, Result, Tx, sql};

/// Tables that belong to these tests, beside those that the layer itself needs.
static LIST: &[Migration] = &[
    Migration {
        number: 1,
        name: "layer",
        sqlite: "
            create table streams (
                id blob primary key, kind text not null, position integer not null, first_position integer not null
            );
            create table events (
                stream_id blob not null, position integer not null, audience_id blob not null, subject blob,
                body text not null, created_at integer not null, primary key (stream_id, position)
            );
            create index events_audience on events (audience_id, position);
            create table jobs (
                id blob primary key, kind text not null, idempotency_key text not null, payload text not null,
                attempts integer not null, run_at integer not null, locked_until integer, last_error text,
                state text not null, created_at integer not null
            );
            create unique index jobs_key on jobs (idempotency_key);
            create index jobs_due on jobs (state, run_at);",
        postgres: "
            create table streams (
                id uuid primary key, kind text not null, position bigint not null, first_position bigint not null
            );
            create table events (
                stream_id uuid not null, position bigint not null, audience_id uuid not null, subject uuid,
                body text not null, created_at bigint not null, primary key (stream_id, position)
            );
            create index events_audience on events (audience_id, position);
            create table jobs (
                id uuid primary key, kind text not null, idempotency_key text not null, payload text not null,
                attempts bigint not null, run_at bigint not null, locked_until bigint, last_error text,
                state text not null, created_at bigint not null
            );
            create unique index jobs_key on jobs (idempotency_key);
            create index jobs_due on jobs (state, run_at);",
    },
    Migration {
        number: 2,
        name: "trial",
        sqlite: "
            create table things (
                id blob primary key, flag integer not null, small integer not null, big integer not null,
                ratio real not null, name text not null, bytes blob not null, role text not null,
                made_at integer not null, parent_id blob, note text, seen integer, extra blob, share real
            );
            create table notes (
                number integer primary key, author text not null, client_id text not null, tag text unique
            );
            create unique index notes_client on notes (author, client_id);
            create table pairs (a text not null, b text not null, primary key (a, b));",
        postgres: "
            create table things (
                id uuid primary key, flag boolean not null, small integer not null, big bigint not null,
                ratio double precision not null, name text not null, bytes bytea not null, role text not null,
                made_at bigint not null, parent_id uuid, note text, seen boolean, extra bytea, share double precision
            );
            create table notes (
                number bigint primary key, author text not null, client_id text not null, tag text unique
            );
            create unique index notes_client on notes (author, client_id);
            create table pairs (a text not null, b text not null, primary key (a, b));",
    },
];

async fn insert_note(tx: &mut Tx<'_>, number: i64) -> Result<u64> {
    let client = number.to_string();
    tx.run(sql!("insert into notes (number, author, client_id) values ($1, 'nora', $2)"), (&number, &client)).await
}

async fn note_numbers(tx: &mut Tx<'_>) -> Result<Vec<i64>> {
    let rows: Vec<(i64,)> = tx.all(sql!("select number from notes order by number"), ()).await?;
    Ok(rows.into_iter().map(|(number,)| number).collect())
}

fn organization(number: u128) -> Stream {
    Stream::Organization(OrganizationId::from_uuid(Uuid::from_u128(number)))
}

fn account(number: u128) -> Stream {
    Stream::Account(AccountId::from_uuid(Uuid::from_u128(number)))
}

/// An event that can be told from others by its number.
fn left(number: u128) -> (Audience, Event) {
    let conversation_id = ConversationId::from_uuid(Uuid::from_u128(number));
    (Audience::Conversation(conversation_id), Event::ConversationLeft { conversation_id })
}

fn emit(tx: &mut Tx<'_>, stream: Stream, number: u128) {
    let (audience, event) = left(number);
    tx.emit(stream, audience, event);
}

/// Holds the writer until the first poll of `queued` is over, so that all its writes wait in the queue at once. On
/// SQLite they share a commit, with the closure that held the writer in front.
async fn behind<T>(db: &Db, queued: impl Future<Output = T>) -> T {
    let (began, has_begun) = tokio::sync::oneshot::channel();
    let (go, may_go_on) = std::sync::mpsc::channel::<()>();
    let holding = db.write(async move |_| {
        began.send(()).unwrap();
        may_go_on.recv().unwrap();
        Ok::<_, Error>(())
    });
    let rest = async {
        has_begun.await.unwrap();
        join(queued, async { go.send(()).unwrap() }).await.0
    };
    join(holding, rest).await.1
}

/// A caller's own error, as a handler has one.
#[derive(Debug)]
enum Problem {
    Refused,
    Store(Error),
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Problem::Store(error)
    }
}
