//! Keeps the index of messages: after the commit, from the event log, so that posting waits for nothing.
//!
//! For each organization's stream a row says how far the index is. Messages from before the index, and those that no
//! event tells of (the demo's), are gathered first by id, oldest first, so that later numbers are later messages.
//! An event only says which message to look at: what is indexed is the message as it is now, so that doing it twice,
//! or late, does no harm.

use std::time::Duration;

use ::store::Tx;
use model::event::Stream;
use model::{MessageId, OrganizationId, search as words};
use serde::Deserialize;

use super::store::{self as rows, Position};
use crate::answer::Fault;
use crate::app::Cx;

/// Messages of one transaction: others wait for it no longer than for a few posts.
const BATCH: i64 = 100;
/// Transactions of one turn of the periodic work.
const TURN: usize = 20;
/// What is said in quick succession is indexed together.
const GATHERING: Duration = Duration::from_millis(100);

/// Indexes what commits tell of, soon after; runs until it is aborted.
pub async fn run(cx: Cx) {
    loop {
        cx.indexing.woken.notified().await;
        tokio::time::sleep(GATHERING).await;
        if let Err(fault) = catch_up(&cx).await {
            tracing::warn!(error = %fault, "The search index is behind; it is tried again in a second.");
        }
    }
}

/// Goes on with the index, for a turn of bounded length; called every second, and after commits.
///
/// # Errors
/// What the database says.
pub async fn catch_up(cx: &Cx) -> Result<(), Fault> {
    // Whoever works already sees what this one would.
    let Ok(_working) = cx.indexing.working.try_lock() else { return Ok(()) };
    for _ in 0..TURN {
        let behind = cx.db.read(async |tx| rows::behind(tx).await).await.map_err(Fault::from)?;
        if behind.is_empty() {
            return Ok(());
        }
        for organization in behind {
            cx.db.write(async move |tx| advance(tx, organization).await).await?;
        }
    }
    // There is more: come back at once, but let others work in between.
    cx.indexing.woken.notify_one();
    Ok(())
}

/// One step in one organization's stream.
async fn advance(tx: &mut Tx<'_>, organization: OrganizationId) -> Result<(), Fault> {
    let newest = ::store::events::position(tx, Stream::Organization(organization)).await?;
    rows::insert_position(tx, organization, newest).await?;
    // Locks the row on PostgreSQL, so that two nodes take turns.
    let at = rows::lock_position(tx, organization).await?;
    match at.gathered_id {
        Some(after) => {
            let messages = rows::messages_after(tx, organization, after, BATCH).await?;
            let gathered_id = messages.last().copied().filter(|_| messages.len() as i64 == BATCH);
            for id in messages {
                index(tx, id).await?;
            }
            rows::update_position(tx, organization, &Position { gathered_id, ..at }).await?;
        }
        None => {
            let to = newest.min(at.position + BATCH);
            for row in rows::events(tx, organization, at.position, to).await? {
                if let Some(id) = row.subject.or_else(|| told(&row.body)) {
                    index(tx, id).await?;
                }
            }
            rows::update_position(tx, organization, &Position { position: to.max(at.position), ..at }).await?;
        }
    }
    Ok(())
}

/// The message of an event that repeats nothing of it.
fn told(body: &str) -> Option<MessageId> {
    #[derive(Deserialize)]
    struct Told {
        message_id: MessageId,
    }
    serde_json::from_str::<Told>(body).ok().map(|told| told.message_id)
}

/// Takes a message's words out of the index now, also when the index has not come to its deletion yet.
///
/// # Errors
/// What the database says.
pub async fn forget(tx: &mut Tx<'_>, id: MessageId) -> Result<(), ::store::Error> {
    if let Some(number) = rows::number(tx, id).await? {
        rows::unindex(tx, number).await?;
    }
    Ok(())
}

/// Brings the index to what a message says now.
async fn index(tx: &mut Tx<'_>, id: MessageId) -> Result<(), ::store::Error> {
    let Some(message) = rows::message(tx, id).await? else { return Ok(()) };
    if message.gone {
        return forget(tx, id).await;
    }
    let number = rows::take_number(tx, id, message.conversation_id).await?;
    let scope = format!("{} {}", super::scope(message.organization_id), super::scope(message.conversation_id));
    rows::index(tx, number, &words::fold(&spoken(&message.body)), &scope).await?;
    Ok(())
}

/// The text without the ids of those who are mentioned.
fn spoken(body: &str) -> String {
    let mut pieces = body.split("<@");
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        text.push(' ');
        match piece.split_once('>') {
            Some((id, rest)) if id.parse::<model::AccountId>().is_ok() => text.push_str(rest),
            _ => text.push_str(piece),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mentions_are_not_words() {
        let nora = model::AccountId::from_uuid(uuid::Uuid::from_u128(9));
        assert_eq!(spoken(&format!("hi <@{nora}>, see <@nobody>")), "hi  , see  nobody>");
    }

    #[test]
    fn a_deletion_names_its_message() {
        let id = MessageId::from_uuid(uuid::Uuid::from_u128(9));
        assert_eq!(told(&format!("{{\"type\":\"message.deleted\",\"message_id\":\"{id}\"}}")), Some(id));
        assert_eq!(told("{\"type\":\"person.changed\"}"), None);
    }
}
