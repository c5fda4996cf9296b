//! `POST /api/invitations/{member}/again`: the mail was lost, or its link is too old.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use model::account::MemberState;
use model::{AccountId, Code, Refusal};

use super::invite_people::Inviter;
use super::store;
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;

/// The time between two invitations of the same person.
const PAUSE: Duration = Duration::from_secs(60);

/// Sends a new link; earlier ones stop working.
pub async fn invite_again(State(cx): State<Cx>, caller: Caller, Path(id): Path<AccountId>) -> Answer<StatusCode> {
    let (app, now) = (cx.clone(), cx.now());
    cx.db
        .write(async move |tx| {
            let (_, member) = access::managed_member(tx, &caller, id).await?;
            if member.state != MemberState::Invited {
                return Err(Code::AlreadyMember.into());
            }
            let last = store::newest_invitation(tx, id).await?;
            let since = last.as_ref().map_or(PAUSE, |(at, _)| now.since(*at));
            if since < PAUSE {
                return Err(Refusal::slow_down((PAUSE - since).as_secs()).into());
            }
            let language = last.map_or_else(|| "en".to_owned(), |(_, language)| language);
            let inviter = Inviter::begin(tx, &app, &caller, &language).await?;
            inviter.send(tx, id, &member.email).await?;
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
