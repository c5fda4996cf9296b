//! What live sync reads of the event log.

use std::sync::Arc;

use bytes::Bytes;
use model::event::{Audience, Event, Stream};
use model::{AccountId, ConversationId, OrganizationId};
use store::{Committed, Result, Tx, row, sql};
use uuid::Uuid;

use super::Cursor;

row! {
    /// An event as it was written.
    pub struct LogRow { pub position: i64, pub body: String }
}

/// The positions that a snapshot read in the same transaction has.
pub async fn cursor(tx: &mut Tx<'_>, account: AccountId, organization: OrganizationId) -> Result<Cursor> {
    Ok(Cursor {
        account: store::events::position(tx, Stream::Account(account)).await?,
        organization: store::events::position(tx, Stream::Organization(organization)).await?,
    })
}

/// What a person missed in the organization's stream: of the conversations the person is in, of the organization and
/// of the person; oldest first, at most `limit`.
pub async fn missed_in_organization(
    tx: &mut Tx<'_>,
    account: AccountId,
    organization: OrganizationId,
    after: i64,
    limit: i64,
) -> Result<Vec<LogRow>> {
    tx.all(
        sql!(
            "select e.position, e.body from participants p
                join conversations c on c.id = p.conversation_id and c.organization_id = $2
                join events e on e.audience_id = p.conversation_id and e.position > $3
                where p.account_id = $1 and p.left_at is null
            union all
            select position, body from events where audience_id = $1 and stream_id = $2 and position > $3
            union all
            select position, body from events where audience_id = $2 and stream_id = $2 and position > $3
            order by 1 limit $4"
        ),
        (&account, &organization, &after, &limit),
    )
    .await
}

/// What a person missed in their own stream, oldest first, at most `limit`.
pub async fn missed_in_account(tx: &mut Tx<'_>, account: AccountId, after: i64, limit: i64) -> Result<Vec<LogRow>> {
    tx.all(
        sql!("select position, body from events where stream_id = $1 and position > $2 order by position limit $3"),
        (&account, &after, &limit),
    )
    .await
}

/// The conversations a person is in.
pub async fn conversations(tx: &mut Tx<'_>, account: AccountId) -> Result<Vec<ConversationId>> {
    let rows: Vec<(ConversationId,)> = tx
        .all(sql!("select conversation_id from participants where account_id = $1 and left_at is null"), (&account,))
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

row! {
    /// An event of a gap, with whom it is for.
    pub struct GapRow { pub position: i64, pub audience_id: Uuid, pub body: String }
}

/// Events of a stream that were committed but not reported.
pub async fn between(tx: &mut Tx<'_>, stream: Stream, from: i64, before: i64) -> Result<Vec<GapRow>> {
    tx.all(
        sql!(
            "select position, audience_id, body from events
            where stream_id = $1 and position >= $2 and position < $3 order by position"
        ),
        (&stream.uuid(), &from, &before),
    )
    .await
}

/// The event of a log row, as it would have been reported.
pub fn committed(stream: Stream, row: &GapRow) -> Option<Committed> {
    let event: Event = serde_json::from_str(&row.body).ok()?;
    let audience = match (stream, event.conversation()) {
        (_, Some(conversation)) if conversation.uuid() == row.audience_id => Audience::Conversation(conversation),
        (Stream::Organization(id), _) if id.uuid() == row.audience_id => Audience::Organization(id),
        _ => Audience::Account(AccountId::from_uuid(row.audience_id)),
    };
    let json = Bytes::from(row.body.clone());
    Some(Committed { stream, position: row.position, audience, event: Arc::new(event), json })
}
