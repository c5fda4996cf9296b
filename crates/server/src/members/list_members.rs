//! `GET /api/members`: everybody of the organization, for those who manage them (ADM-01, ADM-03).

use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::account::MemberView;
use model::member::SeatsView;
use serde::{Deserialize, Serialize};

use super::{seats, store};
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Query;

const PAGE: i64 = 100;

/// Which members.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    query: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
}

/// A page.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListMembersResponse"),
    schemars(rename = "ListMembersResponse")
)]
pub struct Response {
    members: Vec<MemberView>,
    next: Option<String>,
    /// The seats of every plan.
    seats: Vec<SeatsView>,
}

/// Lists members by name, the invited and the suspended included.
pub async fn list_members(
    State(cx): State<Cx>,
    caller: Caller,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::MembersManage)?;
    let part = plain(&request.query.unwrap_or_default()).trim().to_lowercase();
    let part = part.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let (organization, after) = (caller.organization_id, plain(&request.after.unwrap_or_default()));
    let (mut rows, seats) = cx
        .db
        .read(async move |tx| {
            let rows = store::members(tx, organization, &part, &after, PAGE + 1).await?;
            Ok::<_, Problem>((rows, seats::seats(tx, organization).await?))
        })
        .await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| row.sort_key.clone());
    Ok(Json(Response { members: rows.into_iter().map(store::MemberRow::view).collect(), next, seats }))
}

/// What a database can compare: PostgreSQL takes no NUL.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(400).collect()
}

#[cfg(test)]
mod tests {
    use model::Code;
    use serde_json::json;

    use crate::test_server::served;

    served! {
        async fn administrators_see_everybody(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            let page = nora.get("/api/members").await;
            let members = page["members"].as_array().expect("a list");
            assert!(members.len() >= 10, "{page}");
            let own = members.iter().find(|member| member["name"] == "Nora Lindqvist").expect("oneself");
            assert_eq!((&own["role"], &own["state"]), (&json!("owner"), &json!("active")));
            assert_eq!(own["last_seen_at"].as_str().map(|at| &at[..10]), Some("2026-11-22"));
            let used: i64 = page["seats"].as_array().expect("a list").iter().filter_map(|seats| seats["used"].as_i64()).sum();
            assert_eq!(used, members.len() as i64);
            let found = nora.get("/api/members?query=LINDQ").await;
            assert_eq!(found["members"].as_array().map(Vec::len), Some(1));
        }

        async fn nobody_else_does(server: TestServer) {
            server.browser().refused("GET", "/api/members", None, Code::NotSignedIn).await;
            let member = server.sign_in("lucia.bianchi").await;
            member.refused("GET", "/api/members", None, Code::NotAllowed).await;
            let other = server.other_owner().await;
            let page = other.get("/api/members").await;
            assert_eq!(page["members"].as_array().map(Vec::len), Some(1), "{page}");
        }

        async fn strange_questions_are_answered(server: TestServer) {
            let nora = server.sign_in("nora.lindqvist").await;
            for query in ["%25", "%00", "_", "'", "%22%20or%201=1", "!", "%F0%9F%98%80"] {
                let page = nora.get(&format!("/api/members?query={query}&after=%00")).await;
                assert!(page["members"].is_array(), "{page}");
            }
            assert_eq!(nora.get("/api/members?query=%25").await["members"], json!([]));
            nora.refused("GET", "/api/members?limit=9", None, Code::BadRequest).await;
        }
    }
}
