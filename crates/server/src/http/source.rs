//! Where a request comes from: the peer's address, or what a trusted proxy says of it.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::answer::{Fault, Problem};
use crate::app::Cx;

/// Where a request comes from.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// The client's address.
    pub address: IpAddr,
    /// Whether the client itself is on this machine: a loopback peer, no proxy between.
    pub local: bool,
}

impl Source {
    /// What limits count by: the address, of IPv6 the /64 network that one household has.
    pub fn bucket(&self) -> String {
        match self.address.to_canonical() {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
            }
        }
    }
}

impl FromRequestParts<Cx> for Source {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, cx: &Cx) -> Result<Self, Problem> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let peer = peer.ok_or_else(|| Fault::Other("The server does not know its peer.".to_owned()))?;
        Ok(find(peer.to_canonical(), &parts.headers, &cx.config.trusted_proxies))
    }
}

/// The last address in `X-Forwarded-For` that no trusted proxy has: what stands before it anybody could have written.
fn find(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> Source {
    let forwarding = ["forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via"];
    let forwarded = forwarding.iter().any(|name| headers.contains_key(*name));
    let mut address = peer;
    if trusted.contains(&peer) {
        let lines = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let hops: Vec<IpAddr> =
            lines.flat_map(|line| line.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
        address = hops.into_iter().rev().find(|hop| !trusted.contains(hop)).unwrap_or(peer);
    }
    Source { address, local: peer.is_loopback() && !forwarded }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(peer: &str, forwarded: Option<&str>, trusted: &[&str]) -> Source {
        let mut headers = HeaderMap::new();
        if let Some(text) = forwarded {
            headers.insert("x-forwarded-for", text.parse().unwrap());
        }
        find(peer.parse().unwrap(), &headers, &trusted.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
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
