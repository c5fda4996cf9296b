//! The cookies: of a session, and of a way out to a sign-in provider. Public https gets `__Host-`, which a browser binds to exactly this host.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::config::Config;

/// Seconds a session lasts without being used: 90 days.
pub const SESSION_SECS: u64 = 90 * 24 * 60 * 60;

#[derive(Clone, Copy)]
enum Cookie {
    Session,
    ProviderSignIn,
}

fn name(cookie: Cookie, config: &Config) -> &'static str {
    match (cookie, config.https()) {
        (Cookie::Session, true) => "__Host-waggle",
        (Cookie::Session, false) => "waggle",
        (Cookie::ProviderSignIn, true) => "__Host-waggle-sign-in",
        (Cookie::ProviderSignIn, false) => "waggle-sign-in",
    }
}

/// The secret of the session that the request carries.
pub fn session(headers: &HeaderMap, config: &Config) -> Option<String> {
    find(Cookie::Session, headers, config)
}

/// The secret of the way out to a provider that the request carries.
pub fn provider_sign_in(headers: &HeaderMap, config: &Config) -> Option<String> {
    find(Cookie::ProviderSignIn, headers, config)
}

fn find(cookie: Cookie, headers: &HeaderMap, config: &Config) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(key, value)| *key == name(cookie, config) && (1..=64).contains(&value.len()))
        .map(|(_, value)| value.to_owned())
}

/// The header that gives a browser its session.
pub fn give(secret: &str, config: &Config) -> HeaderValue {
    write(Cookie::Session, secret, SESSION_SECS, config)
}

/// The header that takes it away.
pub fn take(config: &Config) -> HeaderValue {
    write(Cookie::Session, "", 0, config)
}

/// The header that gives a browser the secret of a way out, for so many seconds.
pub fn give_provider_sign_in(secret: &str, secs: u64, config: &Config) -> HeaderValue {
    write(Cookie::ProviderSignIn, secret, secs, config)
}

/// The header that takes it away.
pub fn take_provider_sign_in(config: &Config) -> HeaderValue {
    write(Cookie::ProviderSignIn, "", 0, config)
}

/// `Lax`, because the way back from a provider begins at another site.
fn write(cookie: Cookie, value: &str, max_age: u64, config: &Config) -> HeaderValue {
    let secure = if config.https() { "; Secure" } else { "" };
    let name = name(cookie, config);
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(public_url: &str) -> Config {
        Config::load(None, std::iter::empty(), &[("public_url".to_owned(), public_url.to_owned())]).unwrap()
    }

    #[test]
    fn https_gets_a_cookie_that_no_other_host_and_no_plain_http_can_set() {
        // A browser refuses the prefix without Secure, without Path=/ or with Domain (RFC 6265bis, section 4.1.3.2).
        let given = give("secret", &config("https://talk.example.com"));
        assert_eq!(given, "__Host-waggle=secret; Path=/; HttpOnly; SameSite=Lax; Max-Age=7776000; Secure");
        let given = give("secret", &config("http://localhost:8080"));
        assert_eq!(given, "waggle=secret; Path=/; HttpOnly; SameSite=Lax; Max-Age=7776000");
    }

    #[test]
    fn only_the_cookie_of_the_scheme_counts() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("waggle=planted; __Host-waggle=ours"));
        assert_eq!(session(&headers, &config("https://talk.example.com")).as_deref(), Some("ours"));
        assert_eq!(session(&headers, &config("http://localhost:8080")).as_deref(), Some("planted"));
    }
}
