//! A whole server for tests of handlers, on both engines, with a clock that the test moves.
//!
//! `served! { async fn posting_twice_is_once(server: TestServer) { … } }` makes one test on SQLite and one on
//! PostgreSQL. Requests go through the real router; only the socket is missing.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, header};
use model::{Clock, Code, Time};
use serde_json::{Value, json};
use store::testing::TestDb;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::app::{App, Cx};
use crate::config::Config;
use crate::random::Random;
use crate::wire::fits;
use crate::{accounts, demo, http};

/// Makes two tests of each body, one for each engine, over the demo's organization.
macro_rules! served {
    ($(async fn $name:ident($server:ident: TestServer) $body:block)+) => {
        ::store::both! { $(
            async fn $name(db: ::store::testing::TestDb) {
                let $server = $crate::test_server::TestServer::over(&db).await;
                $body
            }
        )+ }
    };
}
pub(crate) use served;

/// The moment at which every test begins: 2026-11-22T12:00:00Z.
const BEGINNING: i64 = 1_795_348_800_000;

/// A whole server without sockets.
pub(crate) struct TestServer {
    /// What its handlers are given.
    pub(crate) cx: Cx,
    router: Router,
    millis: Arc<AtomicI64>,
    options: store::Options,
    data: Arc<TempDir>,
}

/// Somebody's browser.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    cookies: BTreeMap<String, String>,
    headers: Vec<(&'static str, String)>,
}

impl TestServer {
    /// A server with the demo's people over a test's database.
    pub(crate) async fn over(db: &TestDb) -> Self {
        Self::configured(db, &[]).await
    }

    /// The same with settings.
    pub(crate) async fn configured(db: &TestDb, settings: &[(&str, &str)]) -> Self {
        let server = Self::empty(db, settings).await;
        demo::fill(&server.cx).await.expect("the demo's rows");
        server
    }

    /// A server with nobody, over a test's database.
    pub(crate) async fn empty(db: &TestDb, settings: &[(&str, &str)]) -> Self {
        let millis = Arc::new(AtomicI64::new(BEGINNING));
        let shown = millis.clone();
        let clock = Clock::new(move || Time::from_millis(shown.load(Ordering::Relaxed)));
        let options = store::Options { clock, ..db.options() };
        let data = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        Self::start(options, data, millis, settings, 7).await
    }

    /// Another server over what this one kept, as after `kill -9`.
    pub(crate) async fn started_again(&self) -> Self {
        Self::start(self.options.clone(), self.data.clone(), self.millis.clone(), &[], 8).await
    }

    async fn start(
        options: store::Options,
        data: Arc<TempDir>,
        millis: Arc<AtomicI64>,
        settings: &[(&str, &str)],
        seed: u64,
    ) -> Self {
        let settings: Vec<_> = settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        let mut config = Config::load(None, std::iter::empty(), &settings).expect("settings that fit");
        config.data = data.path().to_owned();
        let (clock, random) = (options.clock.clone(), Random::seeded(seed));
        let cx = App::over(options.clone(), config, clock, random, true).await.expect("a server");
        Self { router: http::router(cx.clone()), cx, millis, options, data }
    }

    /// Somebody's browser after this server took the place of another one.
    pub(crate) fn reached_by(&self, browser: &Browser) -> Browser {
        Browser { router: self.router.clone(), ..browser.clone() }
    }

    /// Moves the clock.
    pub(crate) fn pass(&self, time: Duration) {
        self.millis.fetch_add(i64::try_from(time.as_millis()).expect("a short time"), Ordering::Relaxed);
    }

    /// Does what the server does by itself every second.
    pub(crate) async fn work(&self) {
        crate::cli::every_second(&self.cx).await.expect("periodic work is done");
    }

    /// The server's parts.
    pub(crate) fn cx(&self) -> &Cx {
        &self.cx
    }

    /// A browser that is not signed in.
    pub(crate) fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// A browser of `first.last` of the demo, signed in by code.
    pub(crate) async fn sign_in(&self, name: &str) -> Browser {
        self.sign_in_as(&format!("{name}@acmerobotics.example")).await
    }

    /// A browser of the owner of another organization, which has nobody else.
    pub(crate) async fn sign_in_elsewhere(&self) -> Browser {
        let email = "wanda@elsewhere.example";
        let made = accounts::prepare::create_organization(&self.cx, "Elsewhere", "elsewhere.example", "Wanda", email);
        made.await.expect("another organization");
        self.sign_in_as(email).await
    }

    /// A browser of whoever has this address, signed in by code.
    pub(crate) async fn sign_in_as(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        // The newest code counts, and a clock that stands still knows no newest.
        self.pass(Duration::from_millis(1));
        browser.post("/api/sign-in/code", json!({ "email": email })).await;
        let outbox = browser.get("/api/sign-in/demo-outbox").await;
        let mails = outbox["mails"].as_array().expect("a list");
        let mail = mails.iter().find(|mail| mail["to"] == email).expect("a mail with a code");
        let body = json!({ "email": email, "code": mail["code"] });
        let response = browser.request("POST", "/api/sign-in", Some(body)).await;
        browser.keep_cookie(&response);
        browser
    }

    /// The owner of another organization on the same server, signed in.
    pub(crate) async fn other_owner(&self) -> Browser {
        let made = accounts::prepare::create_organization(
            &self.cx,
            "Other",
            "other.example",
            "Olga Other",
            "olga@other.example",
        );
        made.await.expect("another organization");
        self.sign_in_as("olga@other.example").await
    }

    /// Gives the demo's organization so many seats of a plan.
    pub(crate) async fn limit_seats(&self, plan: &str, limit: Option<i64>) {
        let plan = model::Word::from_word(plan).expect("a plan");
        accounts::prepare::limit_seats(&self.cx, "acmerobotics.example", plan, limit).await.expect("seats");
    }

    /// The events of the demo's organization whose type begins like this, in order.
    pub(crate) async fn events(&self, beginning: &str) -> Vec<Value> {
        let rows = self.cx.db.read(async |tx| {
            let organization = accounts::store::organization_by_domain(tx, "acmerobotics.example").await?;
            let stream = model::event::Stream::Organization(organization.expect("the demo's organization"));
            crate::live::store::between(tx, stream, 0, i64::MAX).await
        });
        let rows = rows.await.map_err(|error: store::Error| error).expect("the log");
        let events = rows.iter().map(|row| serde_json::from_str::<Value>(&row.body).expect("JSON"));
        events.filter(|event| event["type"].as_str().is_some_and(|kind| kind.starts_with(beginning))).collect()
    }
}

impl Browser {
    /// The same browser with one more header on every request.
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Keeps the cookies that an answer gave, and drops those that it took.
    pub(crate) fn keep_cookie(&mut self, response: &Response<Body>) {
        let given: Vec<_> = response.headers().get_all(header::SET_COOKIE).iter().collect();
        assert!(!given.is_empty(), "a cookie");
        for line in given {
            let line = line.to_str().expect("ASCII");
            let (name, value) = line.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }

    /// What this browser keeps under a name.
    pub(crate) fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// Asks, and expects to be answered.
    pub(crate) async fn get(&self, path: &str) -> Value {
        self.call("GET", path, None).await
    }

    /// Sends, and expects it to be done.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.call("POST", path, Some(body)).await
    }

    /// Any method, expected to be done.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Option<Value>) -> Value {
        let response = self.request(method, path, body).await;
        let status = response.status();
        let value = read(response).await;
        assert!(status.is_success(), "{method} {path}: {status} {value}");
        value
    }

    /// Any method, expected to be refused with this code and its status.
    pub(crate) async fn refused(&self, method: &str, path: &str, body: Option<Value>, code: Code) -> Value {
        let response = self.request(method, path, body).await;
        let status = response.status().as_u16();
        let value = read(response).await;
        assert_eq!(
            (value["error"]["code"].as_str(), status),
            (Some(code.word()), code.status()),
            "{method} {path}: {value}"
        );
        value
    }

    /// Any method, and the whole answer.
    pub(crate) async fn request(&self, method: &str, path: &str, body: Option<Value>) -> Response<Body> {
        let json = body.map(|body| ("application/json", Body::from(body.to_string())));
        self.send(method, path, json).await
    }

    /// Any method with a body of bytes, and the whole answer.
    pub(crate) async fn request_with_bytes(&self, method: &str, path: &str, bytes: Vec<u8>) -> Response<Body> {
        self.send(method, path, Some(("application/octet-stream", Body::from(bytes)))).await
    }

    async fn send(&self, method: &str, path: &str, body: Option<(&str, Body)>) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
        request = request.extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 50_000))));
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = match body {
            Some((kind, body)) => request.header(header::CONTENT_TYPE, kind).body(body),
            None => request.body(Body::empty()),
        };
        let response = self.router.clone().oneshot(request.expect("a request")).await;
        described(method, path, response.expect("the router always answers")).await
    }
}

/// The same answer, after a look whether it is as it is described.
async fn described(method: &str, path: &str, response: Response<Body>) -> Response<Body> {
    let json = response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json");
    let operation = fits::operation(method, path).filter(|_| json && response.status().is_success());
    let Some(operation) = operation else { return response };
    let (head, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.expect("a whole answer");
    let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
    let misfit = fits::misfit(&operation, &answer);
    assert!(misfit.is_none(), "{}, in {answer}", misfit.unwrap_or_default());
    Response::from_parts(head, Body::from(bytes))
}

/// The answer's JSON; null when it has none.
pub(crate) async fn read(response: Response<Body>) -> Value {
    let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a whole answer");
    serde_json::from_slice(&bytes).unwrap_or(Value::Null)
}

#[cfg(test)]
mod tests {
    served! {
        async fn every_statement_is_understood(server: TestServer) {
            let refused = store::prepare_all(&server.cx.db).await.expect("a database");
            assert!(refused.is_empty(), "{refused:#?}");
        }
    }

    #[test]
    fn migrations_make_the_same_on_both_engines() {
        store::testing::on_each(store::migrations::MIGRATIONS, async |sqlite, postgres| {
            let differences = store::testing::differences(&sqlite, &postgres).await.expect("two databases");
            assert!(differences.is_empty(), "{differences:#?}");
        });
    }
}
