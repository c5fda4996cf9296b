//! `POST /api/sign-out`: this browser forgets who it was; other devices stay signed in (AUTH-10).

use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};

use super::store;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::cookies;
use crate::live::Notice;

/// Ends the session that asks.
pub async fn sign_out(State(cx): State<Cx>, caller: Caller) -> Answer<(StatusCode, [(HeaderName, HeaderValue); 1])> {
    let (account, session) = (caller.account_id, caller.session_id);
    cx.db.write(async move |tx| Ok::<_, Problem>(store::delete_session(tx, account, session).await?)).await?;
    cx.bus.publish(&Notice::SessionsEnded { account_id: account, session_id: Some(session) });
    // The client wipes what it kept of the person; the browser would throw the installed app away with it.
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookies::take(&cx.config))]))
}
