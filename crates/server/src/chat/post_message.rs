//! `POST /api/conversations/{conversation}/messages`: somebody says something.
//!
//! A send repeated under the same client id, after a lost answer or from a second tab, is the same message.

use axum::Json;
use axum::extract::State;
use model::chat::{Draft, MessageView, message};
use model::{Code, ConversationId, FileId, MessageId};
use serde::Deserialize;

use super::append::{Files, Said, append};
use super::{store, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};

/// What is said.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "PostMessageRequest"),
    schemars(rename = "PostMessageRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    client_id: String,
    body: String,
    quote_id: Option<MessageId>,
    #[serde(default)]
    file_ids: Vec<FileId>,
}

/// Keeps a message and tells the conversation.
pub async fn post_message(
    State(cx): State<Cx>,
    caller: Caller,
    Path(conversation): Path<ConversationId>,
    Body(request): Body<Request>,
) -> Answer<Json<MessageView>> {
    message::client_id(&request.client_id)?;
    let (id, now, client_id) = (cx.id(), cx.now(), request.client_id.clone());
    let (again, repeated) = (caller.clone(), request.client_id.clone());
    let posted = cx
        .db
        .write(async move |tx| {
            let seat = access::conversation(tx, &caller, conversation).await?;
            let body = message::compose(&Draft { body: request.body, files: request.file_ids.len() })?;
            if let Some(quote) = request.quote_id {
                access::message(tx, &caller, quote).await?;
            }
            let files = Files::Own(&request.file_ids);
            let said = Said::Regular { body: &body, quote_id: request.quote_id, forwarded_from: None, files };
            append(tx, &seat, id, &client_id, said, now).await
        })
        .await;
    match posted {
        Err(problem) if problem.is_conflict("messages_client") => {
            posted_before(&cx, again, conversation, repeated).await
        }
        other => Ok(Json(other?)),
    }
}

/// The message that was kept under this client id before.
async fn posted_before(
    cx: &Cx,
    caller: Caller,
    conversation: ConversationId,
    client_id: String,
) -> Answer<Json<MessageView>> {
    let message = cx
        .db
        .read(async move |tx| {
            access::conversation(tx, &caller, conversation).await?;
            let row = store::message_by_client_id(tx, caller.account_id, &client_id).await?;
            let row = row.filter(|row| row.conversation_id == conversation).ok_or(Problem::from(Code::BadRequest))?;
            view::message(tx, &row).await
        })
        .await?;
    Ok(Json(message))
}

#[cfg(test)]
mod tests {
    use model::Code;
    use serde_json::{Value, json};

    use crate::test_server::{Browser, TestServer, served};

    fn said(client_id: &str, body: &str) -> Option<Value> {
        Some(json!({ "client_id": client_id, "body": body, "quote_id": null, "file_ids": [] }))
    }

    /// Nora, Tomás, and the path of their direct conversation's messages.
    async fn two(server: &TestServer) -> (Browser, Browser, String) {
        let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
        let id = tomas.get("/api/me").await["account"]["id"].clone();
        let conversation = nora.post("/api/conversations/direct", json!({ "person_id": id })).await;
        let path = format!("/api/conversations/{}/messages", conversation["id"].as_str().expect("an id"));
        (nora, tomas, path)
    }

    served! {
        async fn a_message_is_there_for_both(server: TestServer) {
            let (nora, tomas, path) = two(&server).await;
            let kept = nora.call("POST", &path, said("one", "Hello *you*\n")).await;
            assert_eq!((&kept["body"], &kept["author"]["name"]), (&json!("Hello *you*"), &json!("Nora Lindqvist")));
            let history = tomas.get(&path).await;
            assert_eq!(history["messages"].as_array().and_then(|list| list.last()), Some(&kept));
        }

        async fn posting_twice_is_once(server: TestServer) {
            let (nora, tomas, path) = two(&server).await;
            let first = nora.call("POST", &path, said("same", "once")).await;
            assert_eq!(nora.call("POST", &path, said("same", "twice")).await, first);
            let other = tomas.call("POST", &path, said("same", "somebody else's id is another message")).await;
            assert_eq!(other["position"].as_i64(), first["position"].as_i64().map(|position| position + 1));
        }

        async fn what_cannot_be_said(server: TestServer) {
            let (nora, _, path) = two(&server).await;
            nora.refused("POST", &path, said("a", " \n "), Code::MessageEmpty).await;
            nora.refused("POST", &path, said("a", &"x".repeat(16_001)), Code::MessageTooLong).await;
            nora.refused("POST", &path, said("", "x"), Code::BadRequest).await;
            nora.refused("POST", &path, said("a b", "x"), Code::BadRequest).await;
            nora.refused("POST", &path, Some(json!({ "body": "x" })), Code::BadRequest).await;
            let quote = json!({ "client_id": "q", "body": "x", "quote_id": "msg_2222222222222222222222222a" });
            nora.refused("POST", &path, Some(quote), Code::NotFound).await;
        }

        async fn strangers_cannot_tell_that_it_exists(server: TestServer) {
            let (_, _, path) = two(&server).await;
            let sofia = server.sign_in("sofia.lindgren").await;
            let nothing = "/api/conversations/conv_2222222222222222222222222a/messages";
            for path in [path.as_str(), nothing, "/api/conversations/nonsense/messages"] {
                let refused = sofia.refused("POST", path, said("a", "x"), Code::NotFound).await;
                assert_eq!(refused, sofia.refused("GET", path, None, Code::NotFound).await);
            }
            server.browser().refused("POST", &path, said("a", "x"), Code::NotSignedIn).await;
        }
    }
}
