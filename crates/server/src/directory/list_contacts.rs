//! `GET /api/phonebooks/{phonebook}/contacts`: a phonebook by name, with a search.

use ::store::dialect;
use axum::Json;
use axum::extract::State;
use model::directory::ContactView;
use model::search::Query as Asked;
use model::{Code, ContactId, PhonebookId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Path, Query};
use crate::search;

const PAGE: i64 = 50;

/// Which contacts.
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
    ts(export, rename = "ListContactsResponse"),
    schemars(rename = "ListContactsResponse")
)]
pub struct Response {
    contacts: Vec<ContactView>,
    next: Option<String>,
}

/// Lists the contacts of a phonebook, those that the query finds when there is one.
pub async fn list_contacts(
    State(cx): State<Cx>,
    caller: Caller,
    Path(id): Path<PhonebookId>,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    let asked = Asked::parse(&request.query.unwrap_or_default())?;
    let after = request.after.map(|token| read_token(&token).ok_or(Code::BadRequest)).transpose()?;
    let mut rows = cx
        .db
        .read(async move |tx| {
            let book = access::phonebook(tx, &caller, id).await?;
            let (name, contact) = after.unwrap_or((String::new(), ContactId::from_uuid(Uuid::nil())));
            if asked.is_empty() {
                return Ok::<_, Problem>(store::contacts(tx, book.id, &name, contact, PAGE + 1).await?);
            }
            let scope = [search::scope(book.id)];
            let asked = dialect::match_words(tx.engine(), asked.words(), asked.number(), &scope);
            Ok(store::matching_contacts(tx, book.id, &asked, &name, contact, PAGE + 1).await?)
        })
        .await?;
    let more = rows.len() as i64 > PAGE;
    rows.truncate(PAGE as usize);
    let next = rows.last().filter(|_| more).map(|row| format!("{}.{}", row.name_key, row.id));
    let contacts = rows.into_iter().map(view::contact).collect::<Result<_, _>>()?;
    Ok(Json(Response { contacts, next }))
}

fn read_token(token: &str) -> Option<(String, ContactId)> {
    let (name, id) = token.rsplit_once('.')?;
    Some((name.to_owned(), id.parse().ok()?))
}
