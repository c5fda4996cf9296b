//! `/api/me/sessions`: where somebody is signed in, and how to end that (AUTH-10).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use model::account::SessionView;
use model::{Code, SessionId};
use serde::Serialize;

use super::store;
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Path;
use crate::live::Notice;

/// The person's sessions, the last used first.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListSessionsResponse"),
    schemars(rename = "ListSessionsResponse")
)]
pub struct Response {
    sessions: Vec<SessionView>,
}

/// Lists the caller's sessions.
pub async fn list_sessions(State(cx): State<Cx>, caller: Caller) -> Answer<Json<Response>> {
    let (account, now) = (caller.account_id, cx.now());
    let rows = cx.db.read(async move |tx| Ok::<_, Problem>(store::sessions(tx, account, now).await?)).await?;
    let view = |row: store::SessionListRow| SessionView {
        id: row.id,
        current: row.id == caller.session_id,
        user_agent: row.user_agent,
        source: row.source,
        created_at: row.created_at,
        seen_at: row.seen_at,
    };
    Ok(Json(Response { sessions: rows.into_iter().map(view).collect() }))
}

/// Ends one of the caller's sessions; its browser forgets everything.
pub async fn end_session(State(cx): State<Cx>, caller: Caller, Path(session): Path<SessionId>) -> Answer<StatusCode> {
    let account = caller.account_id;
    let ended =
        cx.db.write(async move |tx| Ok::<_, Problem>(store::delete_session(tx, account, session).await?)).await?;
    if ended == 0 {
        return Err(Code::NotFound.into());
    }
    cx.bus.publish(&Notice::SessionsEnded { account_id: account, session_id: Some(session) });
    Ok(StatusCode::NO_CONTENT)
}

/// Ends all of the caller's sessions, the one that asks included.
pub async fn end_all_sessions(State(cx): State<Cx>, caller: Caller) -> Answer<StatusCode> {
    let account = caller.account_id;
    cx.db.write(async move |tx| Ok::<_, Problem>(store::delete_sessions(tx, account).await?)).await?;
    cx.bus.publish(&Notice::SessionsEnded { account_id: account, session_id: None });
    Ok(StatusCode::NO_CONTENT)
}
