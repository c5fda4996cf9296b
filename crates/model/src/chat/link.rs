//! Links in a message, and what is shown of the page behind the first of them (MSG-11).

use serde::{Deserialize, Serialize};

use crate::text;

/// Characters of a link that is looked at.
pub const LINK_MAX: usize = 2_000;
/// Characters of a page's title.
pub const TITLE_MAX: usize = 200;
/// Characters of a page's description.
pub const DESCRIPTION_MAX: usize = 300;
/// Characters of a site's name.
pub const SITE_MAX: usize = 80;

/// What stands behind the first link of a message, as the server found it there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct PreviewView {
    /// The link.
    pub url: String,
    /// Whom it leads to, such as `example.com`.
    pub host: String,
    /// How the site calls itself.
    pub site: Option<String>,
    /// The page's title.
    pub title: String,
    /// The page's description.
    pub description: Option<String>,
    /// Address, on this server, of a picture that the server encoded anew.
    pub image: Option<String>,
    /// Pixels of the original, for its proportions.
    pub width: Option<i64>,
    /// Pixels of the original, for its proportions.
    pub height: Option<i64>,
}

/// The first http or https address of a text that does not stand in code.
pub fn first_link(body: &str) -> Option<&str> {
    let mut fenced = false;
    for line in body.lines() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced {
            continue;
        }
        // Every second part stands between backticks, but for the last one when its closing sign is missing.
        let parts: Vec<&str> = line.split('`').collect();
        let last = parts.len() - 1;
        let spoken = parts.iter().enumerate().filter(|(at, _)| at % 2 == 0 || *at == last);
        if let Some(link) = spoken.filter_map(|(_, part)| link_in(part)).next() {
            return Some(link);
        }
    }
    None
}

fn link_in(text: &str) -> Option<&str> {
    let lower = text.to_ascii_lowercase();
    let mut from = 0;
    while let Some(at) = lower[from..].find("http") {
        let at = from + at;
        let scheme = ["https://", "http://"].into_iter().find(|scheme| lower[at..].starts_with(scheme));
        // In the middle of a word it is no link.
        let begins = text[..at].chars().next_back().is_none_or(|c| !c.is_alphanumeric());
        let Some(scheme) = scheme.filter(|_| begins) else {
            from = at + 4;
            continue;
        };
        let rest = &text[at..];
        let end = rest.find(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c)).unwrap_or(rest.len());
        let link = trimmed(&rest[..end]);
        if link.len() > scheme.len() && link.len() <= LINK_MAX {
            return Some(link);
        }
        from = at + 4;
    }
    None
}

/// Without the signs that end a sentence or close what was opened before the link.
fn trimmed(mut link: &str) -> &str {
    loop {
        let Some(last) = link.chars().next_back() else { return link };
        let open = match last {
            ')' => Some('('),
            ']' => Some('['),
            '}' => Some('{'),
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '_' | '~' | '…' | '”' | '»' => None,
            _ => return link,
        };
        let count = |sign: char| link.chars().filter(|c| *c == sign).count();
        if open.is_some_and(|open| count(open) >= count(last)) {
            return link;
        }
        link = &link[..link.len() - last.len_utf8()];
    }
}

/// A text of a foreign page as it is shown: one line, nothing invisible, at most `max` characters. None when nothing is
/// left of it.
pub fn shown(foreign: &str, max: usize) -> Option<String> {
    let visible: String =
        foreign.chars().map(|c| if c.is_control() { ' ' } else { c }).filter(|c| !text::invisible(*c)).collect();
    let shown = text::excerpt(&visible, max);
    Some(shown).filter(|shown| !shown.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_link_that_is_none_of_code() {
        for (body, link) in [
            ("see https://example.com/a?b=c#d.", Some("https://example.com/a?b=c#d")),
            ("(https://example.com/a_(b)) and more", Some("https://example.com/a_(b)")),
            ("**HTTP://Example.com**", Some("HTTP://Example.com")),
            ("[words](https://example.com/x)", Some("https://example.com/x")),
            ("`https://code.example` https://example.com", Some("https://example.com")),
            ("a lone ` https://example.com", Some("https://example.com")),
            ("```\nhttps://code.example\n```\nhttps://example.com", Some("https://example.com")),
            ("<https://example.com>", Some("https://example.com")),
            ("xhttps://example.com https:// ftp://example.com", None),
            ("http http:/ ünhttps://é", None),
            ("", None),
        ] {
            assert_eq!(first_link(body), link, "{body}");
        }
        assert_eq!(first_link(&format!("https://example.com/{}", "x".repeat(LINK_MAX))), None);
    }

    #[test]
    fn foreign_texts_are_tamed() {
        assert_eq!(shown(" a\u{202e}b\n\u{0} c ", 80).as_deref(), Some("ab c"));
        assert_eq!(shown("\u{200b}\n", 80), None);
        assert_eq!(shown(&"ü".repeat(90), 80).map(|text| text.chars().count()), Some(81));
    }
}
