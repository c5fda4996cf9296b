//! `GET /api/people`: colleagues by name, with a search (DIR-10).

use axum::Json;
use axum::extract::State;
use model::access::Permission;
use model::account::PersonView;
use serde::{Deserialize, Serialize};

use super::{person, store};
use crate::access::Caller;
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::Query;

const PAGE: i64 = 50;

/// Which people.
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
    ts(export, rename = "ListPeopleResponse"),
    schemars(rename = "ListPeopleResponse")
)]
pub struct Response {
    people: Vec<PersonView>,
    next: Option<String>,
}

/// Lists colleagues, the caller included.
pub async fn list_people(
    State(cx): State<Cx>,
    caller: Caller,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    caller.needs(Permission::DirectoryUse)?;
    let part: String = request.query.unwrap_or_default().trim().chars().take(100).collect::<String>().to_lowercase();
    let part = part.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    let (organization, after) = (caller.organization_id, request.after.unwrap_or_default());
    let mut rows = cx
        .db
        .read(async move |tx| Ok::<_, Problem>(store::people(tx, organization, &part, &after, PAGE + 1).await?))
        .await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| format!("{}{}", row.name.to_lowercase(), row.email));
    let now = cx.now();
    let view = |row| {
        let mut view = person(row, now);
        view.presence = cx.hub.presence(view.id);
        view
    };
    Ok(Json(Response { people: rows.into_iter().map(view).collect(), next }))
}
