//! Ranges of bytes and answers that a client has already (RFC 9110, sections 13 and 14), for content that never changes.

use std::ops::Range;

use axum::http::{HeaderMap, HeaderName, header};

/// What of the content is wanted.
#[derive(Debug, PartialEq, Eq)]
pub enum Wanted {
    /// All of it.
    Whole,
    /// These bytes.
    Part(Range<u64>),
    /// Bytes that are not there.
    Nothing,
}

/// Whether the client has the content with this tag already.
pub fn is_known(headers: &HeaderMap, tag: &str) -> bool {
    let tags = value(headers, header::IF_NONE_MATCH).unwrap_or_default();
    tags.split(',').map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// What of `size` bytes the client wants. Of several ranges, and of what cannot be read, all of it is sent, as a server
/// may; so it is when the client has another content's beginning.
pub fn wanted(headers: &HeaderMap, size: u64, tag: &str) -> Wanted {
    if value(headers, header::IF_RANGE).is_some_and(|known| known != tag) {
        return Wanted::Whole;
    }
    let asked = value(headers, header::RANGE).and_then(|text| text.trim().strip_prefix("bytes="));
    let Some((first, last)) = asked.and_then(|one| one.trim().split_once('-')) else { return Wanted::Whole };
    let range = match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Some(first), None) if last.is_empty() => first..size,
        (None, Some(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Wanted::Whole,
    };
    if range.start < range.end { Wanted::Part(range) } else { Wanted::Nothing }
}

fn value(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// Digits only: `parse` alone would take `+1`.
fn number(text: &str) -> Option<u64> {
    Some(text).filter(|text| text.bytes().all(|byte| byte.is_ascii_digit())).and_then(|text| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(range: &'static str) -> Wanted {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, range.parse().unwrap());
        wanted(&headers, 100, "\"t\"")
    }

    #[test]
    fn one_range_is_understood() {
        assert_eq!(of("bytes=0-0"), Wanted::Part(0..1));
        assert_eq!(of("bytes=10-"), Wanted::Part(10..100));
        assert_eq!(of("bytes=-10"), Wanted::Part(90..100));
        assert_eq!(of("bytes=-1000"), Wanted::Part(0..100));
        assert_eq!(of("bytes=90-18446744073709551615"), Wanted::Part(90..100));
        for beyond in ["bytes=100-", "bytes=200-300", "bytes=-0"] {
            assert_eq!(of(beyond), Wanted::Nothing, "{beyond}");
        }
        for all in ["bytes=5-1", "bytes=+1-2", "bytes=a-b", "bytes=-", "bytes=0-1,3-4", "lines=0-1", ""] {
            assert_eq!(of(all), Wanted::Whole, "{all}");
        }
    }

    #[test]
    fn another_contents_beginning_is_not_continued() {
        let mut headers = HeaderMap::new();
        headers.insert(header::RANGE, "bytes=0-0".parse().unwrap());
        headers.insert(header::IF_RANGE, "\"other\"".parse().unwrap());
        assert_eq!(wanted(&headers, 100, "\"t\""), Wanted::Whole);
        headers.insert(header::IF_RANGE, "\"t\"".parse().unwrap());
        assert_eq!(wanted(&headers, 100, "\"t\""), Wanted::Part(0..1));
    }

    #[test]
    fn what_the_client_has_is_recognised() {
        let mut headers = HeaderMap::new();
        assert!(!is_known(&headers, "\"t\""));
        headers.insert(header::IF_NONE_MATCH, "\"a\", W/\"t\"".parse().unwrap());
        assert!(is_known(&headers, "\"t\""));
        assert!(!is_known(&headers, "\"u\""));
    }
}
