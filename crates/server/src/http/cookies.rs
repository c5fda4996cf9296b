//! The session cookie. Public https gets `__Host-`, which a browser binds to exactly this host.

use axum::http::{HeaderMap, HeaderValue, header};

use crate::config::Config;

/// Seconds a session lasts without being used: 90 days.
pub const SESSION_SECS: u64 = 90 * 24 * 60 * 60;

fn name(config: &Config) -> &'static str {
    if config.https() { "__Host-waggle" } else { "waggle" }
}

/// The secret that the request carries.
pub fn session(headers: &HeaderMap, config: &Config) -> Option<String> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs
        .find(|(key, value)| *key == name(config) && (1..=64).contains(&value.len()))
        .map(|(_, value)| value.to_owned())
}

/// The header that gives a browser its session.
pub fn give(secret: &str, config: &Config) -> HeaderValue {
    cookie(secret, SESSION_SECS, config)
}

/// The header that takes it away.
pub fn take(config: &Config) -> HeaderValue {
    cookie("", 0, config)
}

fn cookie(value: &str, max_age: u64, config: &Config) -> HeaderValue {
    let secure = if config.https() { "; Secure" } else { "" };
    let text = format!("{}={value}; Path=/; HttpOnly; SameSite=Lax; Max-Age={max_age}{secure}", name(config));
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}
