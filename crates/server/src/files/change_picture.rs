//! `PUT` and `DELETE /api/me/picture` and `/api/conversations/{conversation}/picture`: what people and groups look like
//! (PROF-01, CONV-06).
//!
//! The middle of what comes is encoded anew in one size, so nothing but pixels is kept. A picture that was replaced is
//! served for another day, to those who have not heard of the new one yet.

use std::time::Duration;

use ::store::Tx;
use axum::Json;
use axum::extract::State;
use bytes::Bytes;
use model::account::Me;
use model::chat::{ConversationKind, ConversationView, SystemNote};
use model::{Code, ConversationId, FileId, OrganizationId, Time};

use super::blobs::Part;
use super::{images, store};
use crate::access::{self, Caller, Seat};
use crate::accounts::{change_me, store as accounts};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::chat::append::{Said, append};
use crate::chat::{change_conversation, store as chat};
use crate::http::extract::{Path, Raw};

/// Bytes of a picture that is sent.
pub const PICTURE_MAX: usize = 10 * 1024 * 1024;
/// How long a replaced picture is served.
const REPLACED_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// A picture on its way that no row names by then is removed.
const ON_ITS_WAY: Duration = Duration::from_secs(60 * 60);

/// Gives the caller another picture.
pub async fn change_my_picture(State(cx): State<Cx>, caller: Caller, Raw(bytes): Raw) -> Answer<Json<Me>> {
    let id = keep(&cx, bytes).await?;
    set_mine(&cx, caller, Some(id)).await
}

/// Takes the caller's picture away.
pub async fn remove_my_picture(State(cx): State<Cx>, caller: Caller) -> Answer<Json<Me>> {
    set_mine(&cx, caller, None).await
}

async fn set_mine(cx: &Cx, caller: Caller, picture: Option<FileId>) -> Answer<Json<Me>> {
    let (account, now) = (caller.account_id, cx.now());
    let me = cx
        .db
        .write(async move |tx| {
            let profile = accounts::profile(tx, account).await?.ok_or(Code::NotSignedIn)?;
            replace(tx, caller.organization_id, profile.picture_id, picture, now).await?;
            accounts::set_picture(tx, account, picture).await?;
            change_me::tell(tx, account, now).await
        })
        .await?;
    Ok(Json(me))
}

/// Gives a group another picture, which leaves a system message.
pub async fn change_conversation_picture(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Raw(bytes): Raw,
) -> Answer<Json<ConversationView>> {
    // Asked before the work, and again where it counts.
    let asking = caller.clone();
    cx.db.read(async move |tx| group(tx, &asking, conversation).await).await?;
    let id = keep(&cx, bytes).await?;
    set_of_group(&cx, caller, conversation, Some(id)).await
}

/// Takes a group's picture away.
pub async fn remove_conversation_picture(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    set_of_group(&cx, caller, conversation, None).await
}

async fn set_of_group(
    cx: &Cx,
    caller: Caller,
    conversation: ConversationId,
    picture: Option<FileId>,
) -> Answer<Json<ConversationView>> {
    let (note_id, now) = (cx.id(), cx.now());
    let view = cx
        .db
        .write(async move |tx| {
            let seat = group(tx, &caller, conversation).await?;
            let row = chat::conversation(tx, conversation, caller.account_id).await?.ok_or(Code::NotFound)?;
            if row.picture_id != picture {
                replace(tx, caller.organization_id, row.picture_id, picture, now).await?;
                chat::set_picture(tx, conversation, picture).await?;
                let said = Said::System(&SystemNote::PictureChanged);
                append(tx, &seat, note_id, &note_id.to_string(), said, now).await?;
            }
            change_conversation::tell(tx, &seat).await
        })
        .await?;
    Ok(Json(view))
}

/// A group the caller takes part in; a direct conversation looks like the other person.
async fn group(tx: &mut Tx<'_>, caller: &Caller, conversation: ConversationId) -> Result<Seat, Problem> {
    let seat = access::conversation(tx, caller, conversation).await?;
    if seat.kind == ConversationKind::Direct {
        return Err(Code::DirectIsForTwo.into());
    }
    Ok(seat)
}

/// Encodes a picture and keeps it. It counts as to be removed until a row names it, so a crash leaves nothing behind.
async fn keep(cx: &Cx, bytes: Bytes) -> Answer<FileId> {
    let made = images::square(&cx.blobs.decoding, bytes).await.ok_or(Code::PictureUnreadable)?;
    let (id, due) = (cx.id(), cx.now() + ON_ITS_WAY);
    cx.db.write(async move |tx| Ok::<_, Problem>(store::insert_removal(tx, id, due).await?)).await?;
    cx.blobs.put(id, Part::Content, made).await?;
    Ok(id)
}

/// The new picture is named from now on, the old one is not.
async fn replace(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    old: Option<FileId>,
    new: Option<FileId>,
    now: Time,
) -> Result<(), Problem> {
    if let Some(new) = new {
        store::insert_picture(tx, new, organization, now).await?;
        store::delete_removal(tx, new).await?;
    }
    if let Some(old) = old {
        store::insert_removal(tx, old, now + REPLACED_FOR).await?;
    }
    Ok(())
}
