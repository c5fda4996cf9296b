//! A signed-in person: HTTP requests, the live socket, and a replica of a conversation that follows it.

use futures_util::{SinkExt, StreamExt};
use model::chat::MessageView;
use model::event::Event;
use model::live::{ClientFrame, PROTOCOL, ServerFrame};
use model::{ConversationId, MessageId};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Message, http};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// Why a request was not done.
#[derive(Debug, Clone, PartialEq)]
pub enum Failed {
    /// The server answered with a refusal or a fault: status and code.
    Answered(u16, String),
    /// No answer came; whether it was done is unknown.
    Unanswered(String),
}

/// A client for plain HTTP on this machine. The server's own features bring TLS into `reqwest`, which then wants to know
/// by whom it is done.
pub(crate) fn http_client() -> reqwest::Client {
    // Whoever was first did the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::new()
}

/// A signed-in person.
#[derive(Clone)]
pub struct Client {
    base: String,
    cookie: String,
    http: reqwest::Client,
}

impl Client {
    /// Signs in to a demo with the code that its sign-in page shows.
    ///
    /// # Errors
    /// What the server answers.
    pub async fn sign_in(base: &str, email: &str) -> Result<Self, Failed> {
        let mut client = Client { base: base.to_owned(), cookie: String::new(), http: http_client() };
        client.call("POST", "/api/sign-in/code", Some(json!({ "email": email }))).await?;
        let outbox = client.call("GET", "/api/sign-in/demo-outbox", None).await?;
        let mails = outbox["mails"].as_array().cloned().unwrap_or_default();
        let mail = mails.iter().find(|mail| mail["to"] == email);
        let code = mail.map(|mail| mail["code"].clone()).unwrap_or_default();
        let body = json!({ "email": email, "code": code });
        let response = client.send("POST", "/api/sign-in", Some(body)).await?;
        let cookie = response.headers().get("set-cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
        client.cookie = cookie.split(';').next().unwrap_or_default().to_owned();
        Ok(client)
    }

    /// A request with a JSON body, answered with JSON (`null` when the answer is empty).
    ///
    /// # Errors
    /// What the server answers, or that it did not.
    pub async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, Failed> {
        let response = self.send(method, path, body).await?;
        let text = response.text().await.map_err(|error| Failed::Unanswered(error.to_string()))?;
        Ok(serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Result<reqwest::Response, Failed> {
        let method = method.parse().map_err(|_| Failed::Unanswered(format!("{method} is no method")))?;
        let mut request = self.http.request(method, format!("{}{path}", self.base)).header("cookie", &self.cookie);
        if let Some(body) = &body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| Failed::Unanswered(error.to_string()))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let text = response.text().await.unwrap_or_default();
        let error: Value = serde_json::from_str(&text).unwrap_or_default();
        Err(Failed::Answered(status, error["error"]["code"].as_str().unwrap_or_default().to_owned()))
    }

    /// Says something; `Ok` means kept.
    ///
    /// # Errors
    /// What the server answers, or that it did not.
    pub async fn post(&self, conversation: ConversationId, client_id: &str, body: &str) -> Result<MessageView, Failed> {
        let path = format!("/api/conversations/{conversation}/messages");
        let body = json!({ "client_id": client_id, "body": body, "quote_id": null, "file_ids": [] });
        let answer = self.call("POST", &path, Some(body)).await?;
        serde_json::from_value(answer).map_err(|error| Failed::Unanswered(error.to_string()))
    }

    /// The whole history of a conversation, oldest first.
    ///
    /// # Errors
    /// What the server answers, or that it did not.
    pub async fn history(&self, conversation: ConversationId) -> Result<Vec<MessageView>, Failed> {
        let mut all = Vec::new();
        loop {
            let after = all.last().map_or(0, |message: &MessageView| message.position);
            let path = format!("/api/conversations/{conversation}/messages?after={after}&limit=100");
            let page = self.call("GET", &path, None).await?;
            let more = page["has_after"] == true;
            let messages: Vec<MessageView> = serde_json::from_value(page["messages"].clone())
                .map_err(|error| Failed::Unanswered(error.to_string()))?;
            all.extend(messages);
            if !more {
                return Ok(all);
            }
        }
    }

    /// Opens the live socket and says hello with a cursor.
    ///
    /// # Errors
    /// That the server did not take it.
    pub async fn live(&self, cursor: Option<String>) -> Result<Live, Failed> {
        self.live_with(&ClientFrame::Hello { protocol: PROTOCOL, cursor }).await
    }

    /// Opens the live socket with another first frame.
    ///
    /// # Errors
    /// That the server did not take it.
    pub async fn live_with(&self, first: &ClientFrame) -> Result<Live, Failed> {
        let unanswered = |error: String| Failed::Unanswered(error);
        let url = format!("{}/api/live", self.base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().map_err(|error| unanswered(error.to_string()))?;
        let cookie = http::HeaderValue::from_str(&self.cookie).map_err(|error| unanswered(error.to_string()))?;
        request.headers_mut().insert("cookie", cookie);
        let (socket, _) =
            tokio_tungstenite::connect_async(request).await.map_err(|error| unanswered(error.to_string()))?;
        let mut live = Live(socket);
        live.say(first).await?;
        Ok(live)
    }
}

/// An open live socket.
pub struct Live(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Live {
    /// Sends a frame.
    ///
    /// # Errors
    /// That the socket is gone.
    pub async fn say(&mut self, frame: &ClientFrame) -> Result<(), Failed> {
        let text = serde_json::to_string(frame).map_err(|error| Failed::Unanswered(error.to_string()))?;
        self.0.send(Message::Text(text.into())).await.map_err(|error| Failed::Unanswered(error.to_string()))
    }

    /// The next frame, a snapshot put together from its pieces; none when the socket is gone.
    pub async fn hear(&mut self) -> Option<ServerFrame> {
        let (mut first_conversations, mut first_people) = (Vec::new(), Vec::new());
        loop {
            let text = match self.0.next().await? {
                Ok(Message::Text(text)) => text,
                Ok(_) => continue,
                Err(_) => return None,
            };
            match serde_json::from_str(text.as_str()).ok()? {
                ServerFrame::Part { conversations, people } => {
                    first_conversations.extend(conversations);
                    first_people.extend(people);
                }
                ServerFrame::Start { cursor, mut snapshot } => {
                    first_conversations.append(&mut snapshot.conversations);
                    first_people.append(&mut snapshot.people);
                    (snapshot.conversations, snapshot.people) = (first_conversations, first_people);
                    return Some(ServerFrame::Start { cursor, snapshot });
                }
                frame => return Some(frame),
            }
        }
    }
}

/// One conversation as a client that only listens knows it, and where that client stopped.
#[derive(Debug, Default)]
pub struct Replica {
    /// Where to resume.
    pub cursor: Option<String>,
    /// The messages heard of, in the order of hearing.
    pub heard: Vec<MessageId>,
    /// The position of the newest message heard of.
    pub position: i64,
    last_frame: u64,
}

impl Replica {
    /// A connection begins: its frames are counted anew.
    pub fn connected(&mut self) {
        self.last_frame = 0;
    }

    /// Takes a frame in.
    ///
    /// # Errors
    /// When the server left a gap or said something twice, with what it was.
    pub fn apply(&mut self, conversation: ConversationId, frame: ServerFrame) -> Result<(), String> {
        match frame {
            ServerFrame::Start { cursor, .. } => self.cursor = Some(cursor),
            ServerFrame::Event { position, prev, cursor, event } => {
                if prev != self.last_frame {
                    return Err(format!("frame {position} follows {prev}, but {} was the last", self.last_frame));
                }
                self.last_frame = position;
                self.cursor = Some(cursor);
                if let Event::MessagePosted { message } = event
                    && message.conversation_id == conversation
                {
                    if self.position != 0 && message.position != self.position + 1 {
                        return Err(format!("message {} came after message {}", message.position, self.position));
                    }
                    self.position = message.position;
                    self.heard.push(message.id);
                }
            }
            _ => {}
        }
        Ok(())
    }
}
