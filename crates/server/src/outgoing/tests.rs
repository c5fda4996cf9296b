//! What both doors do with servers on this machine, good and bad.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::Router;
use axum::body::Body;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use tokio::net::TcpListener;

use super::*;

const BOUNDS: Bounds = Bounds { bytes: 1_000, cut: false, time: Duration::from_secs(5) };

/// A server of pages, and its port.
async fn pages() -> u16 {
    async fn hop(Path(left): Path<u32>) -> Redirect {
        if left == 0 { Redirect::to("/page") } else { Redirect::to(&format!("/hop/{}", left - 1)) }
    }
    async fn endless() -> Body {
        Body::from_stream(futures_util::stream::repeat_with(|| {
            Ok::<_, std::io::Error>(Bytes::from_static(&[b'x'; 700]))
        }))
    }
    async fn silent() -> &'static str {
        std::future::pending().await
    }
    async fn headers(headers: HeaderMap) -> String {
        let mut lines: Vec<_> =
            headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?"))).collect();
        lines.sort();
        lines.join("\n")
    }
    let router = Router::new()
        .route("/page", get(|| async { ([(header::CONTENT_TYPE, "Text/HTML; charset=utf-8")], "hello") }))
        .route("/hop/{left}", get(hop))
        .route("/private", get(|| async { Redirect::to("http://169.254.169.254/latest/meta-data") }))
        .route("/file", get(|| async { Redirect::to("file:///etc/passwd") }))
        .route("/nowhere", get(|| async { StatusCode::FOUND }))
        .route("/cookie", get(|| async { ([(header::SET_COOKIE, "a=b")], Redirect::to("/headers")).into_response() }))
        .route("/headers", get(headers))
        .route("/endless", get(endless))
        .route("/silent", get(silent));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move { axum::serve(listener, router).await });
    port
}

/// Answers of a name server: a name, then what it answers each time it is asked, the last one for ever.
fn names(answers: &[(&str, &[&[&str]])]) -> Lookup {
    let left: HashMap<String, Vec<Vec<IpAddr>>> = answers
        .iter()
        .map(|(name, turns)| {
            let turn = |turn: &&[&str]| turn.iter().map(|address| address.parse().expect("an address")).collect();
            (name.to_string(), turns.iter().rev().map(turn).collect())
        })
        .collect();
    let left = Arc::new(Mutex::new(left));
    Arc::new(move |name| {
        let mut left = left.lock().expect("nobody panicked");
        let turns = left.get_mut(&name).expect("a known name");
        let found = if turns.len() > 1 { turns.pop().expect("one more") } else { turns[0].clone() };
        Box::pin(async move { Ok(found) })
    })
}

fn url(text: &str) -> Url {
    Url::parse(text).expect("an address")
}

async fn get_public(outgoing: &Outgoing, text: &str) -> Result<String, String> {
    let page = outgoing.public(&url(text), "text/html", BOUNDS).await.map_err(|failure| failure.to_string())?;
    Ok(format!("{} {} {}", page.status.as_u16(), page.media_type(), String::from_utf8_lossy(&page.body)))
}

#[tokio::test]
async fn redirects_are_followed_so_far_and_each_is_checked() {
    let (outgoing, port) = (Outgoing::new(None, true).expect("a client"), pages().await);
    let at = |path: &str| format!("http://127.0.0.1:{port}{path}");
    assert_eq!(get_public(&outgoing, &at("/page")).await, Ok("200 text/html hello".to_owned()));
    assert_eq!(get_public(&outgoing, &at("/hop/4")).await, Ok("200 text/html hello".to_owned()));
    assert_eq!(get_public(&outgoing, &at("/hop/5")).await, Err(Failure::TooManyRedirects.to_string()));
    assert_eq!(get_public(&outgoing, &at("/nowhere")).await, Err(Failure::TooManyRedirects.to_string()));
    let refused = get_public(&outgoing, &at("/private")).await.expect_err("a private address");
    assert!(refused.contains("link-local"), "{refused}");
    let refused = get_public(&outgoing, &at("/file")).await.expect_err("a file");
    assert!(refused.contains("only http"), "{refused}");
}

#[tokio::test]
async fn nothing_of_ours_is_sent_along() {
    let (outgoing, port) = (Outgoing::new(None, true).expect("a client"), pages().await);
    let seen = get_public(&outgoing, &format!("http://127.0.0.1:{port}/cookie")).await.expect("a page");
    for name in ["cookie", "referer", "authorization", "accept-encoding"] {
        assert!(!seen.contains(&format!("{name}:")), "{seen}");
    }
    assert!(seen.contains("accept: text/html") && seen.contains("user-agent: Waggle/"), "{seen}");
}

#[tokio::test]
async fn large_and_slow_answers_end() {
    let (outgoing, port) = (Outgoing::new(None, true).expect("a client"), pages().await);
    let at = |path: &str| url(&format!("http://127.0.0.1:{port}{path}"));
    let refused = outgoing.public(&at("/endless"), "*/*", BOUNDS).await.expect_err("too much");
    assert!(matches!(refused, Failure::TooLarge), "{refused}");
    let cut = outgoing.public(&at("/endless"), "*/*", Bounds { cut: true, ..BOUNDS }).await.expect("its beginning");
    assert_eq!((cut.body.len(), cut.was_cut), (1_000, true));
    let exact = outgoing.public(&at("/page"), "*/*", Bounds { bytes: 5, ..BOUNDS }).await.expect("exactly five bytes");
    assert_eq!((exact.body.len(), exact.was_cut), (5, false));
    let soon = Bounds { time: Duration::from_millis(50), ..BOUNDS };
    let slow = outgoing.public(&at("/silent"), "*/*", soon).await.expect_err("silence");
    assert!(matches!(slow, Failure::TooSlow), "{slow}");
    let asked = Request::get(at("/silent").as_str()).body(Bytes::new()).expect("a request");
    let slow = outgoing.configured(asked, soon).await.expect_err("silence");
    assert!(matches!(slow, Failure::TooSlow), "{slow}");
}

#[tokio::test]
async fn names_that_lead_inside_are_refused() {
    let mixed = ["93.184.216.34", "10.0.0.1"];
    let answers: &[(&str, &[&[&str]])] = &[
        ("inside.example", &[&["10.1.2.3"]]),
        ("mixed.example", &[&mixed]),
        ("six.example", &[&["2606:4700::1111", "fd00::1"]]),
        ("mapped.example", &[&["::ffff:127.0.0.1"]]),
        ("nothing.example", &[&[]]),
    ];
    let outgoing = Outgoing::over(names(answers), None, false).expect("a client");
    for name in ["inside", "mixed", "six", "mapped"] {
        let refused = get_public(&outgoing, &format!("http://{name}.example/")).await.expect_err(name);
        assert!(refused.starts_with("the address is not allowed"), "{name}: {refused}");
    }
    let refused = get_public(&outgoing, "http://nothing.example/").await.expect_err("no addresses");
    assert!(refused.starts_with("it cannot be reached"), "{refused}");
    let refused = get_public(&Outgoing::new(None, false).expect("a client"), "http://localhost/").await;
    assert!(refused.expect_err("this machine").contains("this machine"));
}

#[tokio::test]
async fn a_name_that_answers_differently_the_second_time_gains_nothing() {
    let port = pages().await;
    let outgoing = Outgoing::over(names(&[("turning.example", &[&["127.0.0.1"], &["10.0.0.1"]])]), None, true);
    let outgoing = outgoing.expect("a client");
    let address = format!("http://turning.example:{port}/page");
    // The setting makes this machine count as public, so that the first answer can be reached.
    assert_eq!(get_public(&outgoing, &address).await, Ok("200 text/html hello".to_owned()));
    let refused = get_public(&outgoing, &address).await.expect_err("a private address");
    assert!(refused.contains("it is private"), "{refused}");
    // So it is when the change comes between a redirect and what it leads to.
    let outgoing = Outgoing::over(names(&[("turning.example", &[&["127.0.0.1"], &["10.0.0.1"]])]), None, true);
    let redirected = get_public(&outgoing.expect("a client"), &format!("http://turning.example:{port}/hop/0")).await;
    assert!(redirected.expect_err("a private address").contains("it is private"));
}

#[tokio::test]
async fn what_is_configured_may_be_here_and_is_asked_once() {
    let (outgoing, port) = (Outgoing::new(None, false).expect("a client"), pages().await);
    let ask =
        |path: &str| Request::get(format!("http://127.0.0.1:{port}{path}")).body(Bytes::new()).expect("a request");
    let page = outgoing.configured(ask("/page"), BOUNDS).await.expect("a page");
    assert_eq!((page.status(), page.body().as_ref()), (StatusCode::OK, b"hello".as_ref()));
    let redirect = outgoing.configured(ask("/hop/1"), BOUNDS).await.expect("an answer");
    assert_eq!(redirect.headers()[header::LOCATION], "/hop/0");
    let large = outgoing.configured(ask("/endless"), BOUNDS).await.expect_err("too much");
    assert!(matches!(large, Failure::TooLarge), "{large}");
    // A port that was free a moment ago.
    let free = TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address").port();
    let gone = Request::get(format!("http://127.0.0.1:{free}/secret")).body(Bytes::new()).expect("a request");
    let failure = outgoing.configured(gone, BOUNDS).await.expect_err("nobody listens").to_string();
    assert!(failure.starts_with("it cannot be reached") && !failure.contains("secret"), "{failure}");
}

#[test]
fn roots_of_ones_own_must_be_readable() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("roots.pem");
    assert!(Outgoing::new(Some(&path), false).is_err_and(|error| error.contains("roots.pem")));
    std::fs::write(&path, "no certificate").expect("a file");
    assert!(Outgoing::new(Some(&path), false).is_err_and(|error| error.contains("holds no certificate")));
}
