//! Where a request comes from, and whether it came by https: what the connection itself shows, or what a trusted proxy
//! says of it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::answer::{Fault, Problem};
use crate::app::Cx;
use crate::config::Config;
use crate::front::serve::Encrypted;

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The client's address.
    pub address: IpAddr,
    /// Whether the client itself is on this machine: a loopback peer, no proxy between.
    pub local: bool,
    /// The address at the other end of the connection: the client's, or the nearest proxy's.
    pub peer: IpAddr,
    /// Whether the browser came by https, to us or to a trusted proxy.
    pub https: bool,
}

impl Source {
    /// What limits count by: the address, of IPv6 the /64 network that one household has.
    pub fn bucket(&self) -> String {
        bucket(self.address)
    }
}

/// The same of any address.
pub fn bucket(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

impl FromRequestParts<Cx> for Source {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, cx: &Cx) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let peer = peer.ok_or_else(|| Fault::Other("The server does not know its peer.".to_owned()))?;
        let encrypted = parts.extensions.get::<Encrypted>().is_some();
        Ok(find(peer.to_canonical(), encrypted, &parts.headers, &cx.config))
    }
}

/// The last address in `X-Forwarded-For` that no trusted proxy has: what stands before it anybody could have written.
/// The same with `X-Forwarded-Proto`; a trusted proxy that says nothing is taken to be what `public_url` says.
fn find(peer: IpAddr, encrypted: bool, headers: &HeaderMap, config: &Config) -> Source {
    let trusted = &config.trusted_proxies;
    let forwarding = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];
    let forwarded = forwarding.iter().any(|name| headers.contains_key(*name));
    let (mut address, mut https) = (peer, encrypted);
    if trusted.contains(&peer) {
        let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<IpAddr> =
            lines.flat_map(|line| line.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
        address = hops.into_iter().rev().find(|hop| !trusted.contains(hop)).unwrap_or(peer);
        let said = headers.get_all("x-forwarded-proto").iter().next_back().and_then(|value| value.to_str().ok());
        let said = said.and_then(|line| line.rsplit(',').next()).map(str::trim);
        https = encrypted || said.map_or(config.https(), |said| said.eq_ignore_ascii_case("https"));
    }
    Source { address, local: peer.is_loopback() && !forwarded, peer, https }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, header: Option<(&'static str, &str)>, trusted: &str) -> Source {
        let mut headers = HeaderMap::new();
        if let Some((name, text)) = header {
            headers.insert(name, text.parse().unwrap());
        }
        let settings = [("trusted_proxies", trusted), ("public_url", "https://talk.example.com")];
        let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let config = Config::load(None, std::iter::empty(), &settings).unwrap();
        find(peer.parse().unwrap(), false, &headers, &config)
    }

    fn from(peer: &str, forwarded: Option<&str>, trusted: &[&str]) -> Source {
        found(peer, forwarded.map(|text| ("x-forwarded-for", text)), &trusted.join(","))
    }

    #[test]
    fn https_is_what_a_trusted_proxy_says() {
        let https = |header: Option<&str>, trusted| {
            found("10.0.0.1", header.map(|said| ("x-forwarded-proto", said)), trusted).https
        };
        assert!(https(Some("https"), "10.0.0.1"));
        assert!(https(None, "10.0.0.1"), "one that says nothing has the certificate of public_url");
        assert!(https(Some("http, HTTPS"), "10.0.0.1"), "the nearest proxy writes last");
        assert!(!https(Some("http"), "10.0.0.1"));
        assert!(!https(Some("https, http"), "10.0.0.1"));
        assert!(!https(Some("https"), ""), "anybody can write a header");
        assert!(!https(Some("https"), "10.0.0.2"));
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        assert_eq!(from("203.0.113.9", Some("198.51.100.1"), &[]).address.to_string(), "203.0.113.9");
        assert_eq!(from("10.0.0.1", Some("6.6.6.6, 198.51.100.1"), &["10.0.0.1"]).address.to_string(), "198.51.100.1");
        assert_eq!(from("10.0.0.1", Some("nonsense"), &["10.0.0.1"]).address.to_string(), "10.0.0.1");
    }

    #[test]
    fn a_forwarded_request_is_never_local() {
        assert!(from("127.0.0.1", None, &[]).local);
        assert!(!from("127.0.0.1", Some("127.0.0.1"), &[]).local);
        assert!(!from("203.0.113.9", None, &[]).local);
    }

    #[test]
    fn limits_count_ipv6_by_network() {
        assert_eq!(from("2001:db8:1:2:3::4", None, &[]).bucket(), from("2001:db8:1:2:ffff::1", None, &[]).bucket());
    }
}
