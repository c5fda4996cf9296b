//! Who takes part: `GET` and `POST /api/conversations/{conversation}/participants`, leaving and coming back
//! (CONV-04, CONV-09, CONV-19).

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::chat::conversation::{may_grow, may_leave};
use model::chat::{ConversationView, ParticipantView, SystemNote};
use model::event::{Audience, Event, Stream};
use model::{AccountId, Code, ConversationId};
use serde::{Deserialize, Serialize};

use super::append::{Said, append, joined};
use super::{store, view};
use crate::access::{self, Caller, Seat};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path, Query};

const PAGE: i64 = 100;
/// How long somebody who left can come back by themselves; the toast that offers it is there for 8 s.
const RETURN_WITHIN: Duration = Duration::from_secs(10 * 60);

/// Which page.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// `next` of the page before.
    after: Option<String>,
}

/// A page.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListParticipantsResponse"),
    schemars(rename = "ListParticipantsResponse")
)]
pub struct Participants {
    participants: Vec<ParticipantView>,
    next: Option<String>,
}

/// Lists who takes part, by name.
pub async fn list_participants(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Query(page): Query<Page>,
) -> Answer<Json<Participants>> {
    let mut rows = cx
        .db
        .read(async move |tx| {
            access::conversation(tx, &caller, conversation).await?;
            let after = page.after.unwrap_or_default();
            Ok::<_, Problem>(store::participants(tx, conversation, &after, PAGE + 1).await?)
        })
        .await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| format!("{}{}", row.name.to_lowercase(), row.email));
    let participants = rows.into_iter().map(|row| ParticipantView {
        person: view::brief(store::PersonRow { id: row.id, name: row.name, picture_id: row.picture_id }),
        title: row.title,
        joined_at: row.joined_at,
        read_position: row.read_position,
    });
    Ok(Json(Participants { participants: participants.collect(), next }))
}

/// Who comes in.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "AddParticipantsRequest"),
    schemars(rename = "AddParticipantsRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    person_ids: Vec<AccountId>,
}

/// Brings colleagues into a group; those who are there already stay.
pub async fn add_participants(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Body(request): Body<Request>,
) -> Answer<StatusCode> {
    let (note_id, now) = (cx.id(), cx.now());
    let mut coming = request.person_ids;
    coming.sort_unstable();
    coming.dedup();
    cx.db
        .write(async move |tx| {
            let seat = access::conversation(tx, &caller, conversation).await?;
            may_grow(seat.kind, seat.participant_count as usize, coming.len())?;
            // What was said before somebody came is there to read, and not unread.
            let position = store::seat(tx, conversation, caller.account_id).await?.map_or(0, |row| row.position);
            let mut people = Vec::new();
            for person in coming {
                let row = store::colleague(tx, caller.organization_id, person).await?.ok_or(Code::NotFound)?;
                if store::seat(tx, conversation, person).await?.is_none() {
                    store::insert_participant(tx, conversation, person, position, now).await?;
                    people.push(view::brief(row));
                }
            }
            if people.is_empty() {
                return Ok(());
            }
            let participant_count = store::count_participants(tx, conversation).await?;
            let note = SystemNote::Added { people: people.clone() };
            append(tx, &seat, note_id, &note_id.to_string(), Said::System(&note), now).await?;
            for person in &people {
                joined(tx, &seat, person.id).await?;
            }
            let event = Event::ParticipantJoined { conversation_id: conversation, people, participant_count };
            tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(conversation), event);
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller leaves a group.
pub async fn leave_conversation(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
) -> Answer<StatusCode> {
    let (note_id, now, account) = (cx.id(), cx.now(), caller.account_id);
    cx.db
        .write(async move |tx| {
            let seat = access::conversation(tx, &caller, conversation).await?;
            may_leave(seat.kind)?;
            append(tx, &seat, note_id, &note_id.to_string(), Said::System(&SystemNote::Left), now).await?;
            store::set_left(tx, conversation, account, Some(now)).await?;
            let participant_count = store::count_participants(tx, conversation).await?;
            let stream = Stream::Organization(seat.organization_id);
            let left = Event::ParticipantLeft { conversation_id: conversation, person_id: account, participant_count };
            tx.emit(stream, Audience::Conversation(conversation), left);
            tx.emit(stream, Audience::Account(account), Event::ConversationLeft { conversation_id: conversation });
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The caller comes back into a group left a moment ago: the undo of leaving.
pub async fn return_to_conversation(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    let (note_id, now, account) = (cx.id(), cx.now(), caller.account_id);
    let view = cx
        .db
        .write(async move |tx| {
            let left = store::left(tx, conversation, account).await?.ok_or(Code::NotFound)?;
            if left.organization_id != caller.organization_id || now.since(left.left_at) > RETURN_WITHIN {
                return Err(Code::NotFound.into());
            }
            store::set_left(tx, conversation, account, None).await?;
            let participant_count = store::count_participants(tx, conversation).await?;
            let seat = Seat {
                account_id: account,
                conversation_id: conversation,
                organization_id: left.organization_id,
                kind: left.kind,
                participant_count,
            };
            append(tx, &seat, note_id, &note_id.to_string(), Said::System(&SystemNote::Returned), now).await?;
            joined(tx, &seat, account).await?;
            let people = store::person(tx, account).await?.map(view::brief).into_iter().collect();
            let event = Event::ParticipantJoined { conversation_id: conversation, people, participant_count };
            tx.emit(Stream::Organization(seat.organization_id), Audience::Conversation(conversation), event);
            view::conversation(tx, conversation, account).await
        })
        .await?;
    Ok(Json(view))
}
