//! The embedded web client: hashed files for ever, everything else is the one page.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::plain_http;
use super::source::Source;
use crate::app::Cx;

#[derive(RustEmbed)]
#[folder = "$WAGGLE_WEB_DIST"]
struct Web;

/// A file of the web client, or its page for any address that is not a file.
pub async fn serve(State(cx): State<Cx>, source: Source, method: Method, uri: Uri, headers: HeaderMap) -> Response {
    if !matches!(method, Method::GET | Method::HEAD) {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if let Some(page) = plain_http::page(&cx.config, source, &headers) {
        return page;
    }
    let path = uri.path().trim_start_matches('/');
    match file(path, &headers) {
        Some(response) => response,
        None if path.starts_with("assets/") || path.contains('.') => StatusCode::NOT_FOUND.into_response(),
        None => file("index.html", &headers).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response()),
    }
}

/// The file in the best encoding the browser takes, from those the build made.
fn file(path: &str, headers: &HeaderMap) -> Option<Response> {
    if path.is_empty() || path.ends_with(".br") || path.ends_with(".gz") {
        return None;
    }
    let accepted = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let encoded = [("br", ".br"), ("gzip", ".gz")].into_iter().filter(|(name, _)| accepted.contains(name));
    let found = encoded.filter_map(|(name, ending)| Some((Some(name), Web::get(&format!("{path}{ending}"))?))).next();
    let (encoding, file) = match found {
        Some(found) => found,
        None => (None, Web::get(path)?),
    };
    let mut response = file.data.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type(path)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Some(encoding) = encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    let cache = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    Some(response)
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "mp3" => "audio/mpeg",
        "wav" => "audio/wav",
        _ => "application/octet-stream",
    }
}
