//! `GET /api/conversations/{conversation}`.

use axum::Json;
use axum::extract::State;
use model::ConversationId;
use model::chat::ConversationView;

use super::view;
use crate::access::{self, Caller};
use crate::answer::Answer;
use crate::app::Cx;
use crate::http::extract::Path;

/// A conversation as the caller sees it.
pub async fn get_conversation(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
) -> Answer<Json<ConversationView>> {
    let view = cx
        .db
        .read(async move |tx| {
            let seat = access::conversation(tx, &caller, conversation).await?;
            view::conversation(tx, seat.conversation_id, seat.account_id).await
        })
        .await?;
    Ok(Json(view))
}
