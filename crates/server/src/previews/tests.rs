//! Previews of pages that servers on this machine give, good and bad.

use std::io::Cursor;
use std::time::Duration;

use ::store::testing::TestDb;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::get;
use image::{ImageFormat, RgbImage};
use model::Code;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::jobs;
use crate::test_server::{Browser, TestServer};

const MARKER: &str = "opalmarker";

fn png(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    RgbImage::from_pixel(width, height, image::Rgb([9, 9, 90]))
        .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
        .unwrap();
    bytes
}

fn typed(kind: &'static str, body: impl Into<Body>) -> Response {
    ([(header::CONTENT_TYPE, kind)], body.into()).into_response()
}

/// A server of pages, and its address.
async fn pages() -> String {
    let page = |head: &'static str| get(move || async move { Html(head) });
    async fn endless() -> Response {
        let first = futures_util::stream::once(async { Ok::<_, std::io::Error>("<title>Long</title>".into()) });
        let more = futures_util::stream::repeat_with(|| Ok(bytes::Bytes::from_static(&[b'x'; 8_192])));
        typed("text/html", Body::from_stream(futures_util::StreamExt::chain(first, more)))
    }
    async fn compressed(headers: HeaderMap) -> Response {
        assert!(!headers.contains_key(header::ACCEPT_ENCODING), "compression is not asked for");
        ([(header::CONTENT_TYPE, "text/html"), (header::CONTENT_ENCODING, "gzip")], "<title>no</title>").into_response()
    }
    let router = Router::new()
        .route("/plain", page("<title>A plain page</title><script>document.title = 'no'</script>"))
        .route(
            "/whole",
            page(
                "<meta property=og:title content='Whole &lt;b&gt;'><meta property=og:site_name content=Site>
                <meta property=og:description content='opalmarker says'><meta property=og:image content='/picture.png'>",
            ),
        )
        .route("/picture.png", get(|| async { typed("image/png", png(900, 300)) }))
        .route("/dot.png", get(|| async { typed("image/png", png(1, 1)) }))
        .route("/bomb.png", get(|| async { typed("image/png", crate::files::tests::bomb()) }))
        .route("/drawing", page("<title>Drawing</title><meta property=og:image content=/drawing.svg>"))
        .route("/drawing.svg", get(|| async { typed("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>") }))
        .route("/inside", page("<title>Inside</title><meta property=og:image content='http://169.254.169.254/a.png'>"))
        .route("/private", get(|| async { Redirect::to("http://169.254.169.254/latest/meta-data") }))
        .route("/loop", get(|| async { Redirect::to("/loop") }))
        .route("/moved", get(|| async { Redirect::to("/plain") }))
        .route("/latin", get(|| async { typed("text/html; charset=iso-8859-1", b"<title>Caf\xe9</title>".to_vec()) }))
        .route("/lies", get(|| async { typed("text/html; charset=utf-8", b"<title>Caf\xe9</title>".to_vec()) }))
        .route("/endless", get(endless))
        .route("/compressed", get(compressed))
        .route("/missing", get(|| async { (StatusCode::NOT_FOUND, Html("<title>no</title>")) }))
        .route("/text", get(|| async { "<title>no</title>" }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

/// Nora, Tomás, the path of their conversation, and a server of pages.
async fn two(server: &TestServer) -> (Browser, Browser, String, String) {
    let (nora, tomas) = (server.sign_in("nora.lindqvist").await, server.sign_in("tomas.herrera").await);
    let id = tomas.get("/api/me").await["account"]["id"].clone();
    let made = nora.post("/api/conversations/direct", json!({ "person_id": id })).await;
    (nora, tomas, format!("/api/conversations/{}", made["id"].as_str().expect("an id")), pages().await)
}

async fn say(browser: &Browser, path: &str, client_id: &str, body: &str) -> String {
    let body = json!({ "client_id": client_id, "body": body, "quote_id": null, "file_ids": [] });
    let message = browser.post(&format!("{path}/messages"), body).await;
    assert_eq!(message["preview"], Value::Null, "posting waits for nothing");
    format!("/api/messages/{}", message["id"].as_str().expect("an id"))
}

/// What is shown under the newest message.
async fn shown(browser: &Browser, path: &str) -> Value {
    browser.get(&format!("{path}/messages?limit=1")).await["messages"][0]["preview"].clone()
}

/// Every file that is kept.
fn files(server: &TestServer) -> Vec<std::path::PathBuf> {
    let folders = std::fs::read_dir(server.cx().config.data.join("files")).expect("a folder");
    let folders = folders.map(|folder| folder.expect("an entry").path());
    let files = folders.flat_map(|folder| std::fs::read_dir(folder).expect("a folder"));
    let mut files: Vec<_> = files.map(|file| file.expect("a file").path()).collect();
    files.sort();
    files
}

macro_rules! with_pages {
    ($settings:expr; $(async fn $name:ident($server:ident: TestServer) $body:block)+) => {
        ::store::both! { $(
            async fn $name(db: TestDb) {
                let $server = TestServer::configured(&db, $settings).await;
                $body
            }
        )+ }
    };
}

with_pages! { &[("outgoing.loopback", "true")];
    async fn the_first_link_is_shown_to_everybody(server: TestServer) {
        let (nora, tomas, path, pages) = two(&server).await;
        let body = format!("see {pages}/whole#part and {pages}/plain");
        let message = say(&nora, &path, "a", &body).await;
        jobs::run_due(server.cx()).await;
        let preview = shown(&tomas, &path).await;
        assert_eq!((&preview["title"], &preview["site"], &preview["host"]), (&json!("Whole <b>"), &json!("Site"), &json!("127.0.0.1")));
        assert_eq!((&preview["url"], &preview["width"]), (&json!(format!("{pages}/whole")), &json!(900)));
        let told = server.events("message.previewed").await;
        assert_eq!((told.len(), &told[0]["preview"]), (1, &preview));
        let image = preview["image"].as_str().expect("an address");
        let answer = tomas.request("GET", image, None).await;
        assert_eq!((answer.status(), &answer.headers()[header::CONTENT_TYPE]), (StatusCode::OK, &header::HeaderValue::from_static("image/jpeg")));
        let sofia = server.sign_in("sofia.lindgren").await;
        sofia.refused("GET", image, None, Code::NotFound).await;
        sofia.refused("DELETE", &format!("{message}/preview"), None, Code::NotFound).await;
        tomas.refused("DELETE", &format!("{message}/preview"), None, Code::NotYourMessage).await;

        nora.call("DELETE", &format!("{message}/preview"), None).await;
        nora.call("DELETE", &format!("{message}/preview"), None).await;
        assert_eq!(shown(&tomas, &path).await, Value::Null);
        assert_eq!(server.events("message.previewed").await.last().expect("one more")["preview"], Value::Null);
        tomas.refused("GET", image, None, Code::NotFound).await;
        // It comes back for another link only.
        nora.call("PATCH", &message, Some(json!({ "body": format!("{body}!") }))).await;
        jobs::run_due(server.cx()).await;
        assert_eq!(shown(&tomas, &path).await, Value::Null);
        server.pass(Duration::from_secs(1));
        nora.call("PATCH", &message, Some(json!({ "body": format!("rather {pages}/plain") }))).await;
        jobs::run_due(server.cx()).await;
        assert_eq!(shown(&tomas, &path).await["title"], "A plain page");
        server.pass(Duration::from_secs(1));
        nora.call("PATCH", &message, Some(json!({ "body": "nothing" }))).await;
        assert_eq!(shown(&tomas, &path).await, Value::Null);
    }

    async fn what_is_good_of_a_page_is_shown_and_the_rest_is_not(server: TestServer) {
        let (nora, _, path, pages) = two(&server).await;
        for (at, (page, title, image)) in [
            ("moved", Some("A plain page"), false),
            ("latin", Some("Café"), false),
            ("lies", Some("Caf\u{fffd}"), false),
            ("endless", Some("Long"), false),
            ("drawing", Some("Drawing"), false),
            ("inside", Some("Inside"), false),
            ("picture.png", Some("picture.png"), true),
            ("private", None, false),
            ("loop", None, false),
            ("compressed", None, false),
            ("missing", None, false),
            ("text", None, false),
            ("drawing.svg", None, false),
            ("dot.png", None, false),
            ("bomb.png", None, false),
        ].into_iter().enumerate() {
            say(&nora, &path, &format!("m{at}"), &format!("{pages}/{page}")).await;
            jobs::run_due(server.cx()).await;
            let preview = shown(&nora, &path).await;
            assert_eq!((preview["title"].as_str(), preview["image"].is_string()), (title, image), "{page}: {preview}");
        }
        // Ten links are one preview, and what nobody can reach is none.
        let many: String = (0..10).map(|at| format!("{pages}/plain?{at} ")).collect();
        say(&nora, &path, "many", &many).await;
        jobs::run_due(server.cx()).await;
        assert_eq!(shown(&nora, &path).await["url"], format!("{pages}/plain?0"));
        say(&nora, &path, "own", "http://localhost:8080/inbox").await;
        say(&nora, &path, "inside", "http://10.0.0.1/ http://192.168.0.1/").await;
        jobs::run_due(server.cx()).await;
        assert_eq!(shown(&nora, &path).await, Value::Null);
    }

    async fn a_page_is_looked_at_once_a_day(server: TestServer) {
        let (nora, _, path, pages) = two(&server).await;
        // A page that counts how often it was asked for.
        let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counting = asked.clone();
        let router = Router::new().route("/", get(move || {
            let count = counting.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
            async move { Html(format!("<title>Visit {count}</title>")) }
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let counter = format!("http://{}/", listener.local_addr().expect("an address"));
        tokio::spawn(async move { axum::serve(listener, router).await });
        for (at, (hours, title)) in [(0, "Visit 1"), (23, "Visit 1"), (2, "Visit 2")].into_iter().enumerate() {
            server.pass(Duration::from_secs(hours * 3_600));
            say(&nora, &path, &format!("m{at}"), &counter).await;
            jobs::run_due(server.cx()).await;
            assert_eq!(shown(&nora, &path).await["title"], title);
        }
        // A job that waited too long is of no use.
        say(&nora, &path, "late", &format!("{pages}/plain")).await;
        server.pass(Duration::from_secs(601));
        assert_eq!(jobs::run_due(server.cx()).await, 1);
        assert_eq!(shown(&nora, &path).await, Value::Null);
    }

    async fn a_preview_is_erased_with_its_message(server: TestServer) {
        let (nora, tomas, path, pages) = two(&server).await;
        let before = files(&server);
        let message = say(&nora, &path, "a", &format!("{pages}/whole?{MARKER}")).await;
        jobs::run_due(server.cx()).await;
        assert_eq!(files(&server).len(), before.len() + 1);
        let image = shown(&tomas, &path).await["image"].as_str().expect("an address").to_owned();
        nora.call("DELETE", &message, None).await;
        assert_eq!(shown(&tomas, &path).await, Value::Null);
        tomas.refused("GET", &image, None, Code::NotFound).await;
        nora.post(&format!("{message}/restore"), json!({})).await;
        assert_eq!(shown(&tomas, &path).await["title"], "Whole <b>");
        nora.call("DELETE", &message, None).await;
        server.pass(Duration::from_secs(601));
        server.work().await;
        server.work().await;
        let mut left = ::store::testing::places(&server.cx().db, MARKER).await.expect("a database");
        left.retain(|place| place != "search_message_words_data.block");
        assert_eq!(left, [""; 0]);
        assert_eq!(files(&server), before, "the picture of the page is gone");
    }
}

with_pages! { &[("outgoing.loopback", "true"), ("link_previews", "false")];
    async fn previews_can_be_switched_off(server: TestServer) {
        let (nora, _, path, pages) = two(&server).await;
        say(&nora, &path, "a", &format!("{pages}/plain")).await;
        assert_eq!(jobs::run_due(server.cx()).await, 1);
        assert_eq!(shown(&nora, &path).await, Value::Null);
    }
}

with_pages! { &[];
    async fn this_machine_is_not_looked_at(server: TestServer) {
        let (nora, _, path, pages) = two(&server).await;
        say(&nora, &path, "a", &format!("{pages}/plain")).await;
        jobs::run_due(server.cx()).await;
        assert_eq!(shown(&nora, &path).await, Value::Null);
    }
}
