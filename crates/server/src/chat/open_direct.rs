//! `POST /api/conversations/direct`: the one conversation of the caller and another person (CONV-10).

use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::chat::conversation::direct_key;
use model::chat::{ConversationKind, ConversationView};
use model::{AccountId, Code, ConversationId};
use serde::Deserialize;

use super::append::joined;
use super::store::{self, NewConversation};
use super::view;
use crate::access::{Caller, Seat};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Body;

/// With whom.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "OpenDirectRequest"),
    schemars(rename = "OpenDirectRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    person_id: AccountId,
}

/// Finds the conversation of the pair, or makes it. The other person sees it with its first message.
pub async fn open_direct(
    State(cx): State<Cx>,
    caller: Caller,
    Body(request): Body<Request>,
) -> Answer<Json<ConversationView>> {
    caller.needs(Permission::ConversationsUse)?;
    let person = request.person_id;
    if person == caller.account_id {
        return Err(Code::NotFound.into());
    }
    let key = direct_key(caller.account_id, person);
    if let Some(view) = find(&cx, &caller, key.clone()).await? {
        return Ok(Json(view));
    }
    let (id, now, maker, wanted) = (cx.id(), cx.now(), caller.clone(), key.clone());
    let made = cx
        .db
        .write(async move |tx| {
            store::colleague(tx, maker.organization_id, person).await?.ok_or(Code::NotFound)?;
            make(tx, &maker, id, person, &wanted, now).await
        })
        .await;
    match made {
        Err(problem) if problem.is_conflict("conversations_direct") => {
            Ok(Json(find(&cx, &caller, key).await?.ok_or(Code::NotFound)?))
        }
        other => Ok(Json(other?)),
    }
}

async fn find(cx: &Cx, caller: &Caller, key: String) -> Answer<Option<ConversationView>> {
    let (organization, account) = (caller.organization_id, caller.account_id);
    let found = cx.db.read(async move |tx| match store::direct(tx, organization, &key).await? {
        Some(id) => Ok::<_, Problem>(Some(view::conversation(tx, id, account).await?)),
        None => Ok(None),
    });
    found.await
}

async fn make(
    tx: &mut ::store::Tx<'_>,
    caller: &Caller,
    id: ConversationId,
    person: AccountId,
    key: &str,
    now: model::Time,
) -> Answer<ConversationView> {
    let new = NewConversation {
        id,
        organization_id: caller.organization_id,
        kind: ConversationKind::Direct,
        title: None,
        description: None,
        direct_key: Some(key),
        client_id: None,
        created_by: caller.account_id,
        participant_count: 2,
    };
    store::insert_conversation(tx, &new, now).await?;
    store::insert_participant(tx, id, caller.account_id, 0, now).await?;
    store::insert_participant(tx, id, person, 0, now).await?;
    let seat = Seat {
        account_id: caller.account_id,
        conversation_id: id,
        organization_id: caller.organization_id,
        kind: ConversationKind::Direct,
        participant_count: 2,
    };
    joined(tx, &seat, caller.account_id).await?;
    view::conversation(tx, id, caller.account_id).await
}
