//! `GET /api/search`: what is typed into the one search field, in groups (DIR-01, DIR-02).

use std::collections::HashMap;

use ::store::{Tx, dialect};
use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::account::{PersonBrief, PersonView};
use model::chat::ConversationView;
use model::directory::ContactView;
use model::search::{self, Query as Asked};
use model::{AccountId, ConversationId, MessageId, Time};
use serde::{Deserialize, Serialize};

use super::SCOPES_MAX;
use super::store::{self as rows, HitRow, NamedRow};
use crate::access::Caller;
use crate::accounts::view::picture;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::chat;
use crate::directory::store::{self as directory, EverybodyRow};
use crate::directory::{self as people, view as contacts};
use crate::http::extract::Query;

/// Entries of a group, unless the client says how many.
const LIMIT: i64 = 5;
/// Entries of a group at most.
const LIMIT_MAX: i64 = 20;
/// Characters of a message that are shown.
const EXCERPT_MAX: usize = 160;

/// What is looked for.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    query: String,
    /// Entries of each group, 5 when absent, at most 20.
    limit: Option<i64>,
}

/// What was found.
#[derive(Serialize, Default)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SearchResponse"),
    schemars(rename = "SearchResponse")
)]
pub struct Response {
    /// Colleagues; those whose name begins so come first.
    people: Vec<PersonView>,
    /// Contacts; those whose name begins so come first.
    contacts: Vec<ContactView>,
    /// Conversations by their title or the other person's name, the newest first.
    conversations: Vec<ConversationView>,
    /// Messages, the newest first.
    messages: Vec<MessageHit>,
}

/// A message that was found.
#[derive(Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct MessageHit {
    /// The message.
    message_id: MessageId,
    /// Its conversation.
    conversation_id: ConversationId,
    /// The title of the conversation, or the other person's name.
    conversation_name: String,
    /// Its place, to jump to.
    position: i64,
    /// Who said it.
    author: PersonBrief,
    /// The part of it around what was looked for; a mention is `<@acct_…>`.
    excerpt: String,
    /// When it was said.
    created_at: Time,
}

impl MessageHit {
    /// The hit of a row.
    pub(super) fn new(row: HitRow, asked: &Asked) -> Self {
        MessageHit {
            message_id: row.id,
            conversation_id: row.conversation_id,
            conversation_name: row.conversation_name.unwrap_or_default(),
            position: row.position,
            author: PersonBrief { id: row.author_id, name: row.author_name, picture: picture(row.author_picture) },
            excerpt: asked.excerpt(&row.body, EXCERPT_MAX),
            created_at: row.created_at,
        }
    }
}

/// Searches everything the caller sees. A query without letters and digits finds nothing.
pub async fn search_everything(
    State(cx): State<Cx>,
    caller: Caller,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::DirectoryUse)?;
    let asked = Asked::parse(&request.query)?;
    let limit = request.limit.unwrap_or(LIMIT).clamp(1, LIMIT_MAX);
    if asked.is_empty() {
        return Ok(Json(Response::default()));
    }
    let now = cx.now();
    let mut response = cx
        .db
        .read(async move |tx| {
            let everybody = directory::everybody(tx, caller.organization_id).await?;
            let mut response = Response {
                people: find_people(tx, &caller, &asked, &everybody, limit, now).await?,
                contacts: find_contacts(tx, &caller, &asked, limit).await?,
                ..Response::default()
            };
            if caller.allows(Permission::ConversationsUse) {
                let named = rows::conversations(tx, caller.account_id).await?;
                response.conversations = find_conversations(tx, &caller, &asked, &everybody, &named, limit).await?;
                response.messages = find_messages(tx, &caller, &asked, &named, limit).await?;
            }
            Ok::<_, Problem>(response)
        })
        .await?;
    for person in &mut response.people {
        person.presence = cx.hub.presence(person.id);
    }
    Ok(Json(response))
}

async fn find_people(
    tx: &mut Tx<'_>,
    caller: &Caller,
    asked: &Asked,
    everybody: &[EverybodyRow],
    limit: i64,
    now: Time,
) -> Result<Vec<PersonView>, Problem> {
    let mut found: Vec<(bool, String, AccountId)> = Vec::new();
    for row in everybody.iter().filter(|row| row.present && row.id != caller.account_id) {
        let name = search::fold(&row.name);
        let words = format!("{name} {} {}", search::fold(&row.email), row.extension.as_deref().unwrap_or_default());
        if asked.finds(&words) {
            found.push((!name.starts_with(&asked.words().join(" ")), name, row.id));
        }
    }
    found.sort_unstable();
    let mut views = Vec::new();
    for (_, _, id) in found.into_iter().take(limit as usize) {
        let row = directory::one_person(tx, caller.organization_id, id).await?;
        views.extend(row.map(|row| people::person(row, now)));
    }
    Ok(views)
}

async fn find_contacts(
    tx: &mut Tx<'_>,
    caller: &Caller,
    asked: &Asked,
    limit: i64,
) -> Result<Vec<ContactView>, Problem> {
    let books = directory::phonebooks(tx, caller.organization_id, caller.account_id).await?;
    let begins = asked.words().join(" ");
    let before = format!("{begins}\u{10ffff}");
    let mut found = Vec::new();
    for book in &books {
        found.extend(directory::contacts_named(tx, book.id, &begins, &before, limit).await?);
    }
    found.sort_by(|a, b| (&a.name_key, a.id).cmp(&(&b.name_key, b.id)));
    found.truncate(limit as usize);
    if (found.len() as i64) < limit && !books.is_empty() {
        let scopes: Vec<String> = match books.len() <= SCOPES_MAX {
            true => books.iter().map(|book| super::scope(book.id)).collect(),
            false => vec![super::scope(caller.organization_id)],
        };
        let words = dialect::match_words(tx.engine(), asked.words(), asked.number(), &scopes);
        // Those that are there already are found once more.
        let more = directory::found_contacts(tx, caller.organization_id, caller.account_id, &words, 2 * limit).await?;
        for row in more {
            if (found.len() as i64) < limit && found.iter().all(|known| known.id != row.id) {
                found.push(row);
            }
        }
    }
    Ok(found.into_iter().map(contacts::contact).collect::<Result<_, _>>()?)
}

async fn find_conversations(
    tx: &mut Tx<'_>,
    caller: &Caller,
    asked: &Asked,
    everybody: &[EverybodyRow],
    named: &[NamedRow],
    limit: i64,
) -> Result<Vec<ConversationView>, Problem> {
    let names: HashMap<AccountId, &str> = everybody.iter().map(|row| (row.id, row.name.as_str())).collect();
    let me = caller.account_id.to_string();
    let other = |key: &String| key.split(':').find(|id| *id != me).and_then(|id| id.parse::<AccountId>().ok());
    let name = |row: &NamedRow| {
        let other = row.direct_key.as_ref().and_then(other).and_then(|id| names.get(&id).copied());
        row.title.as_deref().or(other).is_some_and(|name| asked.finds(&search::fold(name)))
    };
    let mut views = Vec::new();
    for row in named.iter().filter(|row| name(row)).take(limit as usize) {
        if let Some(row) = chat::store::conversation(tx, row.id, caller.account_id).await? {
            views.push(chat::view::complete(tx, row, caller.account_id).await?);
        }
    }
    Ok(views)
}

async fn find_messages(
    tx: &mut Tx<'_>,
    caller: &Caller,
    asked: &Asked,
    named: &[NamedRow],
    limit: i64,
) -> Result<Vec<MessageHit>, Problem> {
    if named.is_empty() {
        return Ok(Vec::new());
    }
    let own: i64 = named.iter().map(|row| row.position).sum();
    let scopes: Vec<String> = match by_conversation(named.len(), own, rows::numbered(tx).await?, limit) {
        true => named.iter().map(|row| super::scope(row.id)).collect(),
        false => vec![super::scope(caller.organization_id)],
    };
    let words = dialect::match_words(tx.engine(), asked.words(), asked.number(), &scopes);
    let found = rows::found(tx, caller.account_id, &words, None, i64::MAX, limit).await?;
    Ok(found.into_iter().map(|row| MessageHit::new(row, asked)).collect())
}

/// How many entries of the index can be passed over in the time in which one more scope is looked up: both measured.
const PASSED_PER_SCOPE: i64 = 30;

/// Which way through the index is shorter: the entries of one's own conversations, each a scope to be looked up; or those
/// of all, the newest first, passing over what others say until there are enough. Both find the same.
fn by_conversation(conversations: usize, own: i64, all: i64, limit: i64) -> bool {
    let passed = limit.saturating_mul(all) / own.max(1);
    conversations <= SCOPES_MAX && passed > PASSED_PER_SCOPE * conversations as i64
}

#[cfg(test)]
mod tests {
    use super::by_conversation;

    #[test]
    fn whoever_hears_little_looks_into_what_they_hear() {
        assert!(by_conversation(3, 600, 100_000, 5));
        assert!(by_conversation(50, 200, 1_000_000, 5));
        assert!(!by_conversation(150, 30_000, 100_000, 5));
        assert!(!by_conversation(400, 80_000, 100_000, 5));
        assert!(!by_conversation(201, 1, 1_000_000, 5));
        assert!(by_conversation(1, 0, 100, 5));
    }
}
