//! `GET /api/conversations/{conversation}/messages`: a stretch of the history, oldest first.

use axum::Json;
use axum::extract::State;
use model::ConversationId;
use model::chat::MessageView;
use serde::{Deserialize, Serialize};

use super::{store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Path, Query};

/// Messages of one answer.
const LIMIT_MAX: i64 = 100;

/// Which stretch: before, after or around a position; the newest when none is named.
#[derive(Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Request {
    before: Option<i64>,
    after: Option<i64>,
    around: Option<i64>,
    limit: Option<i64>,
}

/// The stretch, and whether there is more on either side.
#[derive(Serialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ListMessagesResponse"),
    schemars(rename = "ListMessagesResponse")
)]
pub struct Response {
    messages: Vec<MessageView>,
    has_before: bool,
    has_after: bool,
}

/// Lists messages by position.
pub async fn list_messages(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Query(request): Query<Request>,
) -> Answer<Json<Response>> {
    let response = cx
        .db
        .read(async move |tx| {
            let seat = access::conversation(tx, &caller, conversation).await?;
            let newest = store::seat(tx, conversation, seat.account_id).await?.map_or(0, |row| row.position);
            let (from, to) = stretch(&request, newest);
            let messages = view::messages(tx, conversation, from, to).await?;
            Ok::<_, Problem>(Response { has_before: from > 1, has_after: to < newest, messages })
        })
        .await?;
    Ok(Json(response))
}

/// The first and the last position of the stretch.
fn stretch(request: &Request, newest: i64) -> (i64, i64) {
    let limit = request.limit.unwrap_or(50).clamp(1, LIMIT_MAX);
    let to = match (request.before, request.after, request.around) {
        (Some(before), _, _) => before.saturating_sub(1),
        (None, Some(after), _) => after.saturating_add(limit),
        (None, None, Some(around)) => around.saturating_add(limit / 2).max(limit),
        (None, None, None) => newest,
    };
    let to = to.clamp(0, newest);
    let from = match (request.before, request.after) {
        (None, Some(after)) => after.saturating_add(1),
        _ => to - limit + 1,
    };
    (from.max(1), to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: Option<i64>, after: Option<i64>, around: Option<i64>, newest: i64, expected: (i64, i64)) {
        assert_eq!(stretch(&Request { before, after, around, limit: Some(10) }, newest), expected);
    }

    #[test]
    fn stretches() {
        check(None, None, None, 100, (91, 100));
        check(None, None, None, 3, (1, 3));
        check(Some(91), None, None, 100, (81, 90));
        check(Some(5), None, None, 100, (1, 4));
        check(Some(1), None, None, 100, (1, 0));
        check(None, Some(50), None, 100, (51, 60));
        check(None, Some(95), None, 100, (96, 100));
        check(None, None, Some(50), 100, (46, 55));
        check(None, None, Some(2), 100, (1, 10));
        check(None, None, Some(i64::MAX), 100, (91, 100));
        check(Some(i64::MIN), None, None, 100, (1, 0));
        check(None, Some(i64::MAX), None, 100, (i64::MAX, 100));
    }
}
