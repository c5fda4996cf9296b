//! The event log: every stream's positions, taken last in the transaction that changed the data.
//!
//! Taking a position locks its stream until the commit. That is what makes positions gapless and visible in order,
//! and why it is done last: the shorter the lock, the more a busy organization can post.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use model::Time;
use model::event::{Audience, Event, Stream};
use uuid::Uuid;

use crate::tx::Emitted;
use crate::value::{Param, Value};
use crate::{Error, Result, Tx, row, sql, sqlite};

/// An event that is durable now.
#[derive(Debug, Clone)]
pub struct Committed {
    /// Whose positions it has.
    pub stream: Stream,
    /// From 1, without gaps in its stream.
    pub position: i64,
    /// Who is told.
    pub audience: Audience,
    /// What happened.
    pub event: Arc<Event>,
    /// The event as JSON, serialized once for the log and for everybody who is told.
    pub json: Bytes,
}

/// The position of the newest event of a stream; 0 before the first.
///
/// # Errors
/// What the engine says.
pub async fn position(tx: &mut Tx<'_>, stream: Stream) -> Result<i64> {
    let row: Option<(i64,)> = tx.opt(sql!("select position from streams where id = $1"), (&stream.uuid(),)).await?;
    Ok(row.map_or(0, |(position,)| position))
}

/// The position of the oldest event that the log still holds; one more than [`position`] when it holds none.
/// A cursor can be resumed from when it is at least one less than this.
///
/// # Errors
/// What the engine says.
pub async fn first_position(tx: &mut Tx<'_>, stream: Stream) -> Result<i64> {
    let row: Option<(i64,)> =
        tx.opt(sql!("select first_position from streams where id = $1"), (&stream.uuid(),)).await?;
    Ok(row.map_or(1, |(position,)| position))
}

/// Removes the oldest events of one stream that are older than `before`, at most `batch`, and says how many they
/// were. Call it again, in a transaction of its own, until it removes none: each call is short, and it takes the
/// stream with the oldest event first.
///
/// # Errors
/// What the engine says.
pub async fn prune(tx: &mut Tx<'_>, before: Time, batch: i64) -> Result<u64> {
    let oldest: Option<(Uuid, i64)> = tx
        .opt(
            sql!(
                "select e.stream_id, e.position from streams s
                join events e on e.stream_id = s.id and e.position = s.first_position
                where e.created_at < $1 order by e.created_at, e.stream_id limit 1"
            ),
            (&before,),
        )
        .await?;
    let Some((stream, first)) = oldest else { return Ok(0) };
    let end = first.saturating_add(batch);
    // The first event that stays bounds the removal: the log stays without gaps even if a clock went back.
    let (kept,): (i64,) = tx
        .one(
            sql!(
                "select coalesce(min(position), $3) from events
                where stream_id = $1 and position >= $2 and position < $3 and created_at >= $4"
            ),
            (&stream, &first, &end, &before),
        )
        .await?;
    let removed = tx
        .run(
            sql!("delete from events where stream_id = $1 and position >= $2 and position < $3"),
            (&stream, &first, &kept),
        )
        .await?;
    let next = first.saturating_add(i64::try_from(removed).map_err(Error::other)?);
    tx.run(sql!("update streams set first_position = $2 where id = $1"), (&stream, &next)).await?;
    Ok(removed)
}

/// Removes the oldest events of one organization that has more than `keep`, at most `batch`, and says how many they
/// were. Call it as [`prune`].
///
/// # Errors
/// What the engine says.
pub async fn prune_beyond(tx: &mut Tx<'_>, keep: i64, batch: i64) -> Result<u64> {
    // Positions have no gaps, so counting is a subtraction.
    let longest: Option<(Uuid, i64, i64)> = tx
        .opt(
            sql!(
                "select id, position, first_position from streams
                where kind = 'organization' and position - first_position >= $1 order by id limit 1"
            ),
            (&keep,),
        )
        .await?;
    let Some((stream, position, first)) = longest else { return Ok(0) };
    let next = first.saturating_add(batch).min(position.saturating_sub(keep).saturating_add(1));
    // Another node may do the same at this moment: only one of the two moves the beginning.
    let moved = tx
        .run(
            sql!("update streams set first_position = $3 where id = $1 and first_position = $2"),
            (&stream, &first, &next),
        )
        .await?;
    if moved == 0 {
        return Ok(0);
    }
    tx.run(sql!("delete from events where stream_id = $1 and position < $2"), (&stream, &next)).await
}

row! {
    /// An event as it was written.
    pub struct Written {
        /// Whose.
        pub stream_id: Uuid,
        /// Its position there.
        pub position: i64,
        /// The event as JSON.
        pub body: String,
    }
}

/// The events that repeat content of this subject, at most `limit`, after a place among them.
///
/// # Errors
/// What the engine says.
pub async fn of_subject(tx: &mut Tx<'_>, subject: Uuid, after: (Uuid, i64), limit: i64) -> Result<Vec<Written>> {
    tx.all(
        sql!(
            "select stream_id, position, body from events where subject = $1 and (stream_id, position) > ($2, $3)
            order by stream_id, position limit $4"
        ),
        (&subject, &after.0, &after.1, &limit),
    )
    .await
}

/// Replaces what an event said: its content is erased.
///
/// # Errors
/// What the engine says.
pub async fn rewrite(tx: &mut Tx<'_>, stream: Uuid, position: i64, body: &str) -> Result<u64> {
    tx.run(sql!("update events set body = $3 where stream_id = $1 and position = $2"), (&stream, &position, body)).await
}

/// An event on its way into the log.
pub(crate) struct Entry {
    stream: Stream,
    audience: Audience,
    event: Event,
    body: String,
}

/// The events of one transaction, stream by stream in a stable order, so that two transactions that touch the same
/// streams never wait for each other.
pub(crate) fn entries(emitted: Vec<Emitted>) -> Result<Vec<Entry>> {
    let mut entries = emitted.into_iter().map(Entry::new).collect::<Result<Vec<_>>>()?;
    // Stable: within a stream, events keep the order in which they were emitted.
    entries.sort_by_key(|entry| entry.stream.uuid());
    Ok(entries)
}

impl Entry {
    fn new(emitted: Emitted) -> Result<Self> {
        let body = serde_json::to_string(&emitted.event).map_err(Error::other)?;
        Ok(Self { stream: emitted.stream, audience: emitted.audience, event: emitted.event, body })
    }

    fn committed(self, position: i64) -> Committed {
        Committed {
            stream: self.stream,
            position,
            audience: self.audience,
            event: Arc::new(self.event),
            json: Bytes::from(self.body),
        }
    }
}

/// Writes the events of one closure; on SQLite every statement is done at once.
pub(crate) fn append_sqlite(session: &sqlite::Session, emitted: Vec<Emitted>, now: Time) -> Result<Vec<Committed>> {
    let entries = entries(emitted)?;
    let mut committed = Vec::with_capacity(entries.len());
    let mut position = 0;
    let mut stream = None;
    let mut counts = counts(&entries).into_iter();
    for entry in entries {
        if stream != Some(entry.stream) {
            let Some((of, count)) = counts.next() else { break };
            position = take_sqlite(session, of, count)?;
            stream = Some(of);
        }
        position += 1;
        insert_sqlite(session, &entry, position, now)?;
        committed.push(entry.committed(position));
    }
    Ok(committed)
}

/// All events of one closure in one statement, which PostgreSQL gets together with the commit. Its parameters are
/// [`columns`] and the time. The streams are locked in the order of their ids. Returns each stream with the
/// position before its first event.
pub(crate) const APPEND_POSTGRES: &str = sql!(postgres "with wanted as (
        select id, kind, count from unnest($1::uuid[], $2::text[], $3::bigint[]) as w (id, kind, count)
    ), taken as (
        insert into streams (id, kind, position, first_position)
        select id, kind, count, 1 from wanted order by id
        on conflict (id) do update set position = streams.position + excluded.position
        returning id, position
    ), written as (
        insert into events (stream_id, position, audience_id, subject, body, created_at)
        select e.stream_id, t.position - w.count + e.nth, e.audience_id, e.subject, e.body, $9
        from unnest($4::uuid[], $5::bigint[], $6::uuid[], $7::uuid[], $8::text[])
            as e (stream_id, nth, audience_id, subject, body)
        join wanted w on w.id = e.stream_id join taken t on t.id = e.stream_id
    )
    select t.id, t.position - w.count from taken t join wanted w on w.id = t.id");

/// The arrays of [`APPEND_POSTGRES`], `$1` to `$8`.
pub(crate) fn columns(entries: &[Entry]) -> [Vec<Value<'_>>; 8] {
    let counts = counts(entries);
    let nth = counts.iter().flat_map(|(_, count)| 1..=*count);
    [
        counts.iter().map(|(stream, _)| id(stream.uuid())).collect(),
        counts.iter().map(|(stream, _)| stream.kind().put()).collect(),
        counts.iter().map(|(_, count)| Value::Int(*count)).collect(),
        entries.iter().map(|entry| id(entry.stream.uuid())).collect(),
        nth.map(Value::Int).collect(),
        entries.iter().map(|entry| id(entry.audience.uuid())).collect(),
        entries.iter().map(|entry| entry.event.subject().map_or(Value::Null, id)).collect(),
        entries.iter().map(|entry| entry.body.put()).collect(),
    ]
}

/// Gives the events the positions that [`APPEND_POSTGRES`] returned.
pub(crate) fn numbered(entries: Vec<Entry>, taken: &[(Uuid, i64)]) -> Result<Vec<Committed>> {
    let mut positions: Vec<(Uuid, i64)> = taken.to_vec();
    let number = |entry: Entry| {
        let uuid = entry.stream.uuid();
        let (_, position) = positions.iter_mut().find(|(id, _)| *id == uuid).ok_or(Error::Missing)?;
        *position += 1;
        let position = *position;
        Ok(entry.committed(position))
    };
    entries.into_iter().map(number).collect()
}

fn id(uuid: Uuid) -> Value<'static> {
    Value::Blob(Cow::Owned(uuid.into_bytes().to_vec()))
}

/// How many events each stream has, in the order of the streams.
fn counts(entries: &[Entry]) -> Vec<(Stream, i64)> {
    let mut counts: Vec<(Stream, i64)> = Vec::new();
    for entry in entries {
        match counts.last_mut() {
            Some((stream, count)) if *stream == entry.stream => *count += 1,
            _ => counts.push((entry.stream, 1)),
        }
    }
    counts
}

/// Takes so many positions and returns the one before the first of them.
fn take_sqlite(session: &sqlite::Session, stream: Stream, count: i64) -> Result<i64> {
    let uuid = stream.uuid();
    let rows: Vec<(i64,)> = session.all(
        sql!(sqlite "insert into streams (id, kind, position, first_position) values ($1, $2, $3, 1)
            on conflict (id) do update set position = streams.position + $3 returning position"),
        &[uuid.put(), stream.kind().put(), Value::Int(count)],
    )?;
    rows.first().map(|(position,)| position - count).ok_or(Error::Missing)
}

fn insert_sqlite(session: &sqlite::Session, entry: &Entry, position: i64, now: Time) -> Result<()> {
    let (stream, audience, subject) = (entry.stream.uuid(), entry.audience.uuid(), entry.event.subject());
    session.run(
        sql!(sqlite "insert into events (stream_id, position, audience_id, subject, body, created_at)
            values ($1, $2, $3, $4, $5, $6)"),
        &[stream.put(), Value::Int(position), audience.put(), subject.put(), entry.body.put(), now.put()],
    )?;
    Ok(())
}
