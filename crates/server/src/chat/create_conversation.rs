//! `POST /api/conversations`: somebody gathers a group (CONV-01, CONV-02).

use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::chat::conversation::may_grow;
use model::chat::{ConversationKind, ConversationView, SystemNote, message};
use model::{AccountId, Code, text};
use serde::Deserialize;

use super::append::{Said, append, joined};
use super::store::{self, NewConversation};
use super::view;
use crate::access::{Caller, Seat};
use crate::answer::Answer;
use crate::app::Cx;
use crate::http::extract::Body;

/// The group.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "CreateConversationRequest"),
    schemars(rename = "CreateConversationRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    client_id: String,
    title: String,
    description: Option<String>,
    people: Vec<AccountId>,
}

/// Makes a group of the caller and some colleagues. Repeated under the same client id it is the same group.
pub async fn create_conversation(
    State(cx): State<Cx>,
    caller: Caller,
    Body(request): Body<Request>,
) -> Answer<Json<ConversationView>> {
    caller.needs(Permission::ConversationsUse)?;
    message::client_id(&request.client_id)?;
    let title = text::title(&request.title)?;
    let description = text::description(&request.description.unwrap_or_default())?;
    let mut people = request.people;
    people.retain(|person| *person != caller.account_id);
    people.sort_unstable();
    people.dedup();
    may_grow(ConversationKind::Group, 1, people.len())?;
    let (id, note_id, now, client_id) = (cx.id(), cx.id(), cx.now(), request.client_id);
    let (account, repeated) = (caller.account_id, client_id.clone());
    let made = cx
        .db
        .write(async move |tx| {
            let new = NewConversation {
                id,
                organization_id: caller.organization_id,
                kind: ConversationKind::Group,
                title: Some(&title),
                description: description.as_deref(),
                direct_key: None,
                client_id: Some(&client_id),
                created_by: caller.account_id,
                participant_count: 1 + people.len() as i64,
            };
            store::insert_conversation(tx, &new, now).await?;
            store::insert_participant(tx, id, caller.account_id, 0, now).await?;
            for person in &people {
                store::colleague(tx, caller.organization_id, *person).await?.ok_or(Code::NotFound)?;
                store::insert_participant(tx, id, *person, 0, now).await?;
            }
            let seat = Seat {
                account_id: caller.account_id,
                conversation_id: id,
                organization_id: caller.organization_id,
                kind: ConversationKind::Group,
                participant_count: new.participant_count,
            };
            append(tx, &seat, note_id, &note_id.to_string(), Said::System(&SystemNote::Created), now).await?;
            for person in people.iter().chain([&caller.account_id]) {
                joined(tx, &seat, *person).await?;
            }
            view::conversation(tx, id, caller.account_id).await
        })
        .await;
    match made {
        Err(problem) if problem.is_conflict("conversations_client") => {
            let view = cx.db.read(async move |tx| {
                let id = store::conversation_by_client_id(tx, account, &repeated).await?.ok_or(Code::NotFound)?;
                view::conversation(tx, id, account).await
            });
            Ok(Json(view.await?))
        }
        other => Ok(Json(other?)),
    }
}
