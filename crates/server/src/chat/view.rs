//! What people see of conversations and messages, put together from rows.

use model::Word;
use model::account::PersonBrief;
use model::chat::{
    ConversationFilter, ConversationView, FileView, MessageView, QuoteView, ReactionView, SeatView, message,
};
use model::{AccountId, Code, ConversationId, FileId, Time, text};
use store::Tx;
use uuid::Uuid;

use super::store::{self as rows, ConversationRow, MessageViewRow, PersonRow, ReactionRow};
use crate::accounts::view::picture;
use crate::answer::{Fault, Problem};
use crate::files::view as files;
use crate::previews;

/// Conversations of one page of the inbox.
pub const PAGE: i64 = 50;

/// A person as named beside a message.
pub fn brief(row: PersonRow) -> PersonBrief {
    PersonBrief { id: row.id, name: row.name, picture: picture(row.picture_id) }
}

/// The first page of the inbox with all pinned ones, and whether there are more.
pub async fn inbox(tx: &mut Tx<'_>, account: AccountId) -> Result<(Vec<ConversationView>, bool), Problem> {
    let mut list = rows::pinned(tx, account).await?;
    let (newest, more) = page(tx, account, ConversationFilter::All, None).await?;
    for row in newest {
        if list.iter().all(|pinned| pinned.id != row.id) {
            list.push(row);
        }
    }
    let mut views = Vec::with_capacity(list.len());
    for row in list {
        views.push(complete(tx, row, account).await?);
    }
    Ok((views, more))
}

/// A page of the inbox after a place in it, and whether there are more.
pub async fn page(
    tx: &mut Tx<'_>,
    account: AccountId,
    filter: ConversationFilter,
    after: Option<(Time, ConversationId)>,
) -> Result<(Vec<ConversationRow>, bool), Problem> {
    let (before, id) = after.unwrap_or((Time::from_millis(i64::MAX), ConversationId::from_uuid(Uuid::max())));
    let mut list = rows::inbox(tx, account, filter.word(), before, id, PAGE + 1).await?;
    let more = list.len() as i64 > PAGE;
    list.truncate(PAGE as usize);
    Ok((list, more))
}

/// A conversation as one who takes part sees it.
///
/// # Errors
/// [`Code::NotFound`] for everybody else.
pub async fn conversation(
    tx: &mut Tx<'_>,
    id: ConversationId,
    account: AccountId,
) -> Result<ConversationView, Problem> {
    let row = rows::conversation(tx, id, account).await?.ok_or(Code::NotFound)?;
    complete(tx, row, account).await
}

/// The row with everything beside it: people, the newest message, what is unread.
pub async fn complete(tx: &mut Tx<'_>, row: ConversationRow, account: AccountId) -> Result<ConversationView, Problem> {
    let people = rows::first_people(tx, row.id, account).await?;
    let last_message = messages(tx, row.id, row.position, row.position).await?.pop();
    let seat = seat(tx, &row, account).await?;
    Ok(ConversationView {
        id: row.id,
        organization_id: row.organization_id,
        kind: row.kind,
        title: row.title,
        description: row.description,
        picture: picture(row.picture_id),
        people: people.into_iter().map(brief).collect(),
        participant_count: row.participant_count,
        position: row.position,
        last_message,
        active_at: row.active_at,
        seat,
        created_at: row.created_at,
    })
}

/// A person's own place.
pub async fn seat(tx: &mut Tx<'_>, row: &ConversationRow, account: AccountId) -> Result<SeatView, Problem> {
    let behind = row.read_position < row.position;
    Ok(SeatView {
        read_position: row.read_position,
        unread: if behind { rows::unread(tx, row.id, account, row.read_position).await? } else { 0 },
        mentioned: behind && rows::mentioned(tx, row.id, account, row.read_position).await?,
        hidden: row.hidden_position.is_some_and(|position| position >= row.position),
        muted: row.muted,
        pinned_at: row.pinned_at,
        draft: row.draft.clone(),
    })
}

/// The messages of a range of positions, both ends included, oldest first.
pub async fn messages(tx: &mut Tx<'_>, id: ConversationId, from: i64, to: i64) -> Result<Vec<MessageView>, Problem> {
    let list = rows::messages(tx, id, from, to).await?;
    if list.is_empty() {
        return Ok(Vec::new());
    }
    let reactions = rows::reactions(tx, id, from, to).await?;
    let pins = rows::pinned_messages(tx, id).await?;
    let mut files = files::of_messages(tx, id, from, to).await?;
    let mut shown = previews::of_messages(tx, id, from, to).await?;
    let mut views = Vec::with_capacity(list.len());
    for row in list {
        let pinned = pins.contains(&row.id);
        let own = reactions.iter().filter(|reaction| reaction.message_id == row.id);
        let grouped = grouped(own);
        let carried = files.extract_if(.., |(message, _)| *message == row.id).map(|(_, file)| file).collect();
        let preview = shown.extract_if(.., |(message, _)| *message == row.id).map(|(_, preview)| preview).next();
        views.push(MessageView {
            preview: preview.filter(|_| row.deleted_at.is_none()),
            ..one(row, grouped, carried, pinned)?
        });
    }
    Ok(views)
}

/// One message as it is now.
///
/// # Errors
/// [`Code::NotFound`] when it is not there.
pub async fn message(tx: &mut Tx<'_>, row: &rows::MessageRow) -> Result<MessageView, Problem> {
    let found = messages(tx, row.conversation_id, row.position, row.position).await?.pop();
    found.ok_or_else(|| Code::NotFound.into())
}

fn one(
    row: MessageViewRow,
    reactions: Vec<ReactionView>,
    files: Vec<FileView>,
    pinned: bool,
) -> Result<MessageView, Problem> {
    let gone = row.deleted_at.is_some();
    let quote = quote(&row);
    let system = row.system.as_deref().map(serde_json::from_str).transpose();
    let system =
        system.map_err(|error| Fault::Other(format!("The system message {} cannot be read: {error}.", row.id)))?;
    let body = if gone { String::new() } else { row.body };
    Ok(MessageView {
        id: row.id,
        client_id: row.client_id,
        conversation_id: row.conversation_id,
        position: row.position,
        author: PersonBrief { id: row.author_id, name: row.author_name, picture: picture(row.author_picture) },
        kind: row.kind,
        preview: None,
        mentions: message::mentions(&body),
        body,
        system,
        quote: quote.filter(|_| !gone),
        forwarded_from: named(row.forwarded_id, row.forwarded_name, row.forwarded_picture),
        files: if gone { Vec::new() } else { files },
        reactions: if gone { Vec::new() } else { reactions },
        pinned: pinned && !gone,
        created_at: row.created_at,
        edited_at: row.edited_at,
        deleted_at: row.deleted_at,
    })
}

fn quote(row: &MessageViewRow) -> Option<QuoteView> {
    let body = row.quote_body.as_deref().filter(|_| row.quote_deleted_at.is_none()).unwrap_or_default();
    Some(QuoteView {
        message_id: row.quote_id?,
        position: row.quote_position?,
        author: named(row.quote_author_id, row.quote_author_name.clone(), row.quote_author_picture)?,
        excerpt: text::excerpt(body, message::EXCERPT_MAX),
    })
}

fn named(id: Option<AccountId>, name: Option<String>, picture_id: Option<FileId>) -> Option<PersonBrief> {
    Some(PersonBrief { id: id?, name: name?, picture: picture(picture_id) })
}

/// Reactions by emoji, in order of first appearance.
fn grouped<'a>(reactions: impl Iterator<Item = &'a ReactionRow>) -> Vec<ReactionView> {
    let mut groups: Vec<ReactionView> = Vec::new();
    for reaction in reactions {
        match groups.iter_mut().find(|group| group.emoji == reaction.emoji) {
            Some(group) => group.people.push(reaction.account_id),
            None => groups.push(ReactionView { emoji: reaction.emoji.clone(), people: vec![reaction.account_id] }),
        }
    }
    groups
}
