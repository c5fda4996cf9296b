//! What a foreign page says of itself: the part of its head that is meant for previews, and nothing else of it.
//!
//! The page is cut into tokens and never built, so that no nesting and no script of it means anything here.

use encoding_rs::{Encoding, UTF_8};
use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};
use model::chat::link::{DESCRIPTION_MAX, SITE_MAX, TITLE_MAX, shown};

/// What a page says of itself, fit to be shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Its title.
    pub title: Option<String>,
    /// How its site calls itself.
    pub site: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The address of its picture, as it stands there.
    pub image: Option<String>,
}

/// Bytes at the beginning in which a page may name its encoding (HTML, section 13.2.3.2).
const PRESCAN: usize = 1_024;
/// Bytes of a text that are looked at; the rest is not shown anyway.
const TEXT_MAX: usize = 8 * 1024;

/// Reads the head of a page. `content_type` is the header as it came.
pub fn read_page(bytes: &[u8], content_type: &str) -> Said {
    let (text, _, _) = encoding(bytes, content_type).decode(bytes);
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let (mut og, mut twitter, mut plain) = (Said::default(), Said::default(), Said::default());
    let (mut title, mut in_title) = (String::new(), false);
    for token in Tokenizer::new_with_emitter(&*text, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => match &**tag.name {
                b"body" => break,
                b"title" => in_title = title.is_empty(),
                b"meta" => meta(&tag, &mut og, &mut twitter, &mut plain),
                _ => {}
            },
            Token::EndTag(tag) if **tag.name == *b"head" => break,
            Token::EndTag(tag) if **tag.name == *b"title" => in_title = false,
            Token::String(text) if in_title && title.len() < TEXT_MAX => {
                title.push_str(&String::from_utf8_lossy(&text));
            }
            _ => {}
        }
    }
    plain.title = shown(&title, TITLE_MAX);
    Said {
        title: og.title.or(twitter.title).or(plain.title),
        site: og.site,
        description: og.description.or(twitter.description).or(plain.description),
        image: og.image.or(twitter.image),
    }
}

fn meta(tag: &StartTag<()>, og: &mut Said, twitter: &mut Said, plain: &mut Said) {
    let value = |name: &[u8]| {
        let found = tag.attributes.iter().find(|(key, _)| key.as_slice() == name);
        found.map(|(_, value)| String::from_utf8_lossy(&value[..value.len().min(TEXT_MAX)]).into_owned())
    };
    let Some(content) = value(b"content") else { return };
    let name = value(b"property").or_else(|| value(b"name")).unwrap_or_default().to_ascii_lowercase();
    let (of, part) = match name.split_once(':') {
        Some(("og", part)) => (og, part),
        Some(("twitter", part)) => (twitter, part),
        None => (plain, &*name),
        Some(_) => return,
    };
    let first = |slot: &mut Option<String>, max: usize| {
        if slot.is_none() {
            *slot = shown(&content, max);
        }
    };
    match part {
        "title" => first(&mut of.title, TITLE_MAX),
        "site_name" => first(&mut of.site, SITE_MAX),
        "description" => first(&mut of.description, DESCRIPTION_MAX),
        "image" | "image:url" | "image:secure_url" if of.image.is_none() => {
            of.image = Some(content.trim().to_owned()).filter(|url| !url.is_empty() && url.len() <= 2_000);
        }
        _ => {}
    }
}

/// A byte order mark, which the decoder sees by itself, wins over the header, and the header over the page.
fn encoding(bytes: &[u8], content_type: &str) -> &'static Encoding {
    let named = label(content_type.as_bytes());
    named.or_else(|| label(&bytes[..bytes.len().min(PRESCAN)])).unwrap_or(UTF_8)
}

fn label(text: &[u8]) -> Option<&'static Encoding> {
    let lower = text.to_ascii_lowercase();
    let at = lower.windows(8).position(|window| window == b"charset=")?;
    let rest = &lower[at + 8..];
    let rest = rest.strip_prefix(b"\"").or_else(|| rest.strip_prefix(b"'")).unwrap_or(rest);
    let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || b"-_.:".contains(byte)));
    Encoding::for_label(&rest[..end.unwrap_or(rest.len())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(page: &str, expected: [Option<&str>; 4]) {
        let said = read_page(page.as_bytes(), "text/html; charset=utf-8");
        let found = [&said.title, &said.site, &said.description, &said.image].map(Option::as_deref);
        assert_eq!(found, expected, "{page}");
    }

    #[test]
    fn what_is_meant_for_previews_wins() {
        check(
            "<title>Plain</title><meta name=description content='plain words'><meta property='og:title' content='A &amp; B'>
            <meta property=og:site_name content=Site><meta name=twitter:description content=tweet>
            <meta property=og:image content=/a.png>",
            [Some("A & B"), Some("Site"), Some("tweet"), Some("/a.png")],
        );
        check("<head><title>\n  Only\tthis </title>", [Some("Only this"), None, None, None]);
        check("", [None; 4]);
    }

    #[test]
    fn scripts_comments_and_bodies_say_nothing() {
        check(
            "<script>var a = '<title>no</title><meta property=og:title content=no>'</script><!-- <title>no</title> -->
            <style><title>no</title></style><title>yes <b>bold</b> <script>alert(1)</script></title>",
            [Some("yes <b>bold</b> <script>alert(1)</script>"), None, None, None],
        );
        check("<body><title>no</title><meta property=og:title content=no>", [None; 4]);
        check("<title>a</title></head><meta property=og:title content=no>", [Some("a"), None, None, None]);
    }

    #[test]
    fn texts_are_cut_and_tamed() {
        let page = format!("<title>{}</title><meta property=og:description content='a\u{202e}b'>", "x".repeat(100_000));
        let said = read_page(page.as_bytes(), "");
        assert_eq!(said.title.map(|title| title.chars().count()), Some(TITLE_MAX + 1));
        assert_eq!(said.description.as_deref(), Some("ab"));
        for page in ["<", "<meta", "<title", "<title>", "<meta content=\"", "<!--", "\u{0}<\u{0}>"] {
            read_page(page.as_bytes(), "");
        }
    }

    #[test]
    fn encodings_are_found_and_wrong_ones_do_no_harm() {
        let latin = b"<title>Caf\xe9</title>";
        let title = |bytes: &[u8], header: &str| read_page(bytes, header).title;
        assert_eq!(title(latin, "text/html; charset=ISO-8859-1").as_deref(), Some("Café"));
        assert_eq!(title(&[&b"<meta charset=\"windows-1252\">"[..], latin].concat(), "").as_deref(), Some("Café"));
        assert_eq!(title(latin, "text/html; charset=utf-8").as_deref(), Some("Caf\u{fffd}"));
        assert_eq!(title("<title>Café</title>".as_bytes(), "text/html; charset=nonsense").as_deref(), Some("Café"));
        let sixteen: Vec<u8> = "\u{feff}<title>Café</title>".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(title(&sixteen, "text/html").as_deref(), Some("Café"));
    }
}
