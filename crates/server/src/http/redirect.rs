//! The way from plain http to `public_url`, for those who come to `tls.redirect_listen` or speak http to an https port.

use axum::Router;
use axum::http::{Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::config::Config;

/// Answers everything with the way to `public_url`.
pub fn router(config: &Config) -> Router {
    let origin = config.origin();
    Router::new().fallback(move |method: Method, uri: Uri| {
        let answer = answer(&origin, &method, &uri);
        async move { answer }
    })
}

fn answer(origin: &str, method: &Method, uri: &Uri) -> Response {
    // What a program has already sent in the open should not be sent again as if nothing were the matter.
    if !matches!(*method, Method::GET | Method::HEAD) {
        return (StatusCode::FORBIDDEN, format!("Use {origin}: this address has no https.\n")).into_response();
    }
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let path = if path.starts_with('/') { path } else { "/" };
    (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, format!("{origin}{path}"))]).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn location(method: Method, uri: &str) -> (u16, String) {
        let response = answer("https://talk.example.com", &method, &uri.parse().unwrap());
        let location = response.headers().get(header::LOCATION);
        (response.status().as_u16(), location.map_or_else(String::new, |value| value.to_str().unwrap().to_owned()))
    }

    #[test]
    fn readers_are_shown_the_way_and_never_to_another_host() {
        let there = |path: &str| (308, format!("https://talk.example.com{path}"));
        assert_eq!(location(Method::GET, "/setup/abc?x=1"), there("/setup/abc?x=1"));
        assert_eq!(location(Method::HEAD, "//evil.example/x"), there("//evil.example/x"));
        assert_eq!(location(Method::GET, "http://evil.example/x"), there("/x"));
        assert_eq!(location(Method::OPTIONS, "*").0, 403);
    }

    #[test]
    fn what_changes_something_is_refused() {
        assert_eq!(location(Method::POST, "/api/sign-in"), (403, String::new()));
    }
}
