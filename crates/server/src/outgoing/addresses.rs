//! Which addresses strangers may make the server ask: those of the public internet, on the ports of http and https.
//!
//! The tables are IANA's registries of special-purpose addresses (RFC 6890 and what came after it); of IPv6 only the
//! global unicast space is public at all.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Url;

/// Whether this address may be asked; names are checked again when they are looked up.
///
/// # Errors
/// Why not.
pub fn may_ask(url: &Url, loopback: bool) -> Result<(), &'static str> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("only http and https are fetched");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("it carries a name or a password");
    }
    if !loopback && !matches!(url.port_or_known_default(), Some(80 | 443)) {
        return Err("only the ports 80 and 443 are asked");
    }
    super::literal(url).and_then(|address| refused(address, loopback)).map_or(Ok(()), Err)
}

/// Why strangers may not make the server ask this address; none when they may.
pub fn refused(address: IpAddr, loopback: bool) -> Option<&'static str> {
    // `::ffff:127.0.0.1` is where 127.0.0.1 is.
    let address = address.to_canonical();
    if loopback && address.is_loopback() {
        return None;
    }
    match address {
        IpAddr::V4(address) => refused_v4(address),
        IpAddr::V6(address) => refused_v6(address),
    }
}

/// Network, length of its prefix, what it is for.
const NOT_PUBLIC_V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8, "it is this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "it is private"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "it is shared by a provider's customers"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "it is this machine"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "it is link-local"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "it is private"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "it is reserved for protocols"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "it is for documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "it was a relay to IPv6"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "it is private"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "it is for benchmarks"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "it is for documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "it is for documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "it is multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "it is reserved"),
];

fn refused_v4(address: Ipv4Addr) -> Option<&'static str> {
    let inside = |(network, length, _): &&(Ipv4Addr, u32, &str)| {
        (address.to_bits() ^ network.to_bits()).checked_shr(32 - length) == Some(0)
    };
    NOT_PUBLIC_V4.iter().find(inside).map(|(_, _, why)| *why)
}

/// What of the global unicast space is not public, in the same form.
const NOT_PUBLIC_V6: &[(Ipv6Addr, u32, &str)] = &[
    // Teredo, ORCHID, benchmarks and others; the few anycast services among them serve no pages.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "it is reserved for protocols"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "it is for documentation"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "it is a tunnel to another address"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "it is for documentation"),
];

fn refused_v6(address: Ipv6Addr) -> Option<&'static str> {
    let within = |network: &Ipv6Addr, length: u32| (address.to_bits() ^ network.to_bits()) >> (128 - length) == 0;
    // In a network without IPv4, a translator gives public IPv4 addresses these names (RFC 6052): they are what they hold.
    if within(&Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96) {
        let [.., a, b, c, d] = address.octets();
        return refused_v4(Ipv4Addr::new(a, b, c, d));
    }
    if !within(&Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3) {
        return Some("it is not of the public internet");
    }
    NOT_PUBLIC_V6.iter().find(|(network, length, _)| within(network, *length)).map(|(_, _, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(url: &str) -> Result<(), &'static str> {
        may_ask(&Url::parse(url).expect("an address"), false)
    }

    #[test]
    fn addresses_of_the_public_internet_may_be_asked() {
        for address in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::8a",
            "2001:200::1",
            "2003::1",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert_eq!(refused(address.parse().expect(address), false), None, "{address}");
        }
    }

    #[test]
    fn nothing_else_may() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "10.255.255.255",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::ffff:169.254.169.254",
            "64:ff9b::7f00:1",
            "64:ff9b::a00:1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:2::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:101:101::1",
            "3fff::1",
            "4000::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(refused(address.parse().expect(address), false).is_some(), "{address}");
        }
    }

    #[test]
    fn only_loopback_itself_is_let_through_by_the_setting() {
        for address in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(refused(address.parse().expect(address), true), None, "{address}");
        }
        for address in ["10.0.0.1", "169.254.169.254", "fd00::1", "0.0.0.0"] {
            assert!(refused(address.parse().expect(address), true).is_some(), "{address}");
        }
    }

    #[test]
    fn every_spelling_of_an_address_is_understood() {
        for url in [
            "http://127.1/",
            "http://2130706433/",
            "http://0x7f.0.0.1/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:7f00:1]/",
            "http://127。0。0。1/",
            "http://0/",
            "https://192.168.0.1:443/",
            "http://[fe80::1]/",
            "http://%31%32%37.0.0.1/",
        ] {
            assert!(asked(url).is_err(), "{url}");
        }
    }

    #[test]
    fn other_schemes_ports_and_credentials_are_refused() {
        for url in [
            "ftp://example.com/",
            "file:///etc/passwd",
            "data:text/plain,x",
            "gopher://example.com:80/",
            "http://example.com:8080/",
            "https://example.com:22/",
            "http://user@example.com/",
            "http://:word@example.com/",
        ] {
            assert!(asked(url).is_err(), "{url}");
        }
        for url in ["http://example.com/", "https://example.com/", "http://example.com:443/", "https://1.1.1.1:80/"] {
            assert_eq!(asked(url), Ok(()), "{url}");
        }
    }
}
