//! The way in: routes, what every request passes first, and the embedded web client.

pub mod assets;
pub mod cookies;
pub mod extract;
pub mod limits;
pub mod metrics;
pub mod plain_http;
pub mod range;
pub mod redirect;
pub mod routes;
pub mod source;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use model::Code;

use self::routes::Routes;
use self::source::Source;
use crate::answer::Problem;
use crate::app::Cx;
use crate::{
    accounts, chat, directory, exports, feedback, files, live, mail, members, openid, previews, search, tokens,
};

/// Bytes of a JSON request.
const BODY_MAX: usize = 128 * 1024;

/// Everything below `/api`.
pub fn api() -> Routes {
    Routes::new()
        .merge(accounts::router())
        .merge(openid::router())
        .merge(tokens::router())
        .merge(members::router())
        .merge(mail::router())
        .merge(feedback::router())
        .merge(directory::router())
        .merge(chat::router())
        .merge(files::router())
        .merge(exports::router())
        .merge(previews::router())
        .merge(search::router())
        .merge(live::router())
}

/// Everything the server answers.
pub fn router(cx: Cx) -> Router {
    let api = api()
        .into_router()
        .merge(openid::ways())
        .fallback(|| async { Problem::from(Code::NotFound) })
        .method_not_allowed_fallback(|| async { Problem::from(Code::MethodNotAllowed) })
        .layer(middleware::from_fn_with_state(cx.clone(), own_origin_only))
        .layer(middleware::from_fn_with_state(cx.clone(), limits::limit))
        .layer(middleware::from_fn_with_state(cx.clone(), metrics::measure))
        .layer(DefaultBodyLimit::max(BODY_MAX));
    Router::new()
        .nest("/api", api)
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::show))
        .route(plain_http::STYLE, get(plain_http::style))
        .fallback(assets::serve)
        .layer(middleware::from_fn_with_state(cx.clone(), security_headers))
        .with_state(cx)
}

async fn ready(State(cx): State<Cx>) -> Response {
    match cx.db.ping().await {
        Ok(()) => "ready\n".into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    }
}

/// A browser names the site that makes it send a request: only ours may change anything or listen.
/// Programs other than browsers name none.
async fn own_origin_only(State(cx): State<Cx>, request: Request, next: Next) -> Response {
    let headers = request.headers();
    let changes = !matches!(*request.method(), Method::GET | Method::HEAD) || headers.contains_key(header::UPGRADE);
    let foreign = headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() != cx.config.origin().as_bytes());
    let cross_site =
        headers.get("sec-fetch-site").is_some_and(|site| !matches!(site.as_bytes(), b"same-origin" | b"none"));
    if changes && (foreign || cross_site) {
        return Problem::from(Code::WrongOrigin).into_response();
    }
    next.run(request).await
}

/// What the browser may do with our pages: nothing inline, nothing foreign, no framing.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; \
    font-src 'self'; media-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; \
    trusted-types svelte-trusted-html waggle";

async fn security_headers(State(cx): State<Cx>, source: Source, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, POLICY);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    set(HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(self), geolocation=()");
    set(header::CACHE_CONTROL, "no-store");
    // Over plain http it would mean nothing (RFC 6797, section 7.2).
    if cx.config.https() && source.https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}
