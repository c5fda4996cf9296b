//! `PUT /api/me/status`: somebody says how reachable they are (PRES-01, PRES-05 … 07).

use axum::Json;
use axum::extract::State;
use model::Time;
use model::account::Me;
use model::presence::{Show, Status};
use serde::Deserialize;

use super::{change_me, store};
use crate::access::Caller;
use crate::answer::{Answer, Fault, Problem};
use crate::app::Cx;
use crate::http::extract::Body;
use crate::live::Notice;

/// The whole new status.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "SetStatusRequest"),
    schemars(rename = "SetStatusRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    show: Show,
    message: Option<String>,
    clears_at: Option<Time>,
}

/// Changes the caller's status on all clients and for all colleagues.
pub async fn set_status(State(cx): State<Cx>, caller: Caller, Body(request): Body<Request>) -> Answer<Json<Me>> {
    let (account, now) = (caller.account_id, cx.now());
    let status = Status::check(request.show, request.message.as_deref(), request.clears_at, now)?;
    let me = cx
        .db
        .write(async move |tx| {
            store::update_status(tx, account, &status).await?;
            change_me::tell(tx, account, now).await
        })
        .await?;
    let (show, message) = (me.status.show, me.status.message.clone());
    cx.bus.publish(&Notice::Shown { account_id: account, show, message });
    Ok(Json(me))
}

/// Removes words whose time has come (PRES-06); called every few seconds.
///
/// # Errors
/// What the database says.
pub async fn clear_due_statuses(cx: &Cx) -> Result<(), Fault> {
    let now = cx.now();
    let due = cx.db.read(async move |tx| store::statuses_to_clear(tx, now).await).await.map_err(Fault::from)?;
    for account in due {
        let cleared = cx
            .db
            .write(async move |tx| {
                let Some(profile) = store::profile(tx, account).await? else { return Ok(None) };
                let status = super::view::status(&profile, now);
                store::update_status(tx, account, &status).await?;
                Ok::<_, Problem>(Some(change_me::tell(tx, account, now).await?))
            })
            .await;
        match cleared {
            Ok(Some(me)) => {
                cx.bus.publish(&Notice::Shown { account_id: account, show: me.status.show, message: None });
            }
            Ok(None) => {}
            Err(Problem::Fault(fault)) => return Err(fault),
            Err(Problem::Refusal(refusal)) => return Err(Fault::Other(refusal.to_string())),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use model::Code;
    use serde_json::{Value, json};

    use crate::test_server::served;

    served! {
        async fn words_are_seen_by_colleagues_until_their_time(server: TestServer) {
            let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
            let body = json!({ "show": "away", "message": "at lunch", "clears_at": "2026-11-22T13:00:00Z" });
            let me = nora.call("PUT", "/api/me/status", Some(body)).await;
            assert_eq!(me["status"]["message"], "at lunch");
            let seen = tomas.get("/api/people?query=lindqvist").await;
            assert_eq!(seen["people"][0]["status_message"], "at lunch");
            server.pass(Duration::from_secs(2 * 60 * 60));
            server.work().await;
            assert_eq!(nora.get("/api/me").await["status"]["message"], Value::Null);
            assert_eq!(tomas.get("/api/people?query=lindqvist").await["people"][0]["status_message"], Value::Null);
        }

        async fn what_a_status_cannot_be(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let status = |show: &str, message: &str, clears_at: Value| {
                Some(json!({ "show": show, "message": message, "clears_at": clears_at }))
            };
            let path = "/api/me/status";
            nora.refused("PUT", path, status("gone", "", Value::Null), Code::BadRequest).await;
            nora.refused("PUT", path, status("dnd", &"x".repeat(101), Value::Null), Code::StatusTooLong).await;
            nora.refused("PUT", path, status("dnd", "x", json!("2020-01-01T00:00:00Z")), Code::ClearsInThePast).await;
            nora.refused("PUT", path, status("dnd", "x", json!("soon")), Code::BadRequest).await;
        }
    }
}
