//! How messages look in an export: as JSON, and as pages that open anywhere without a server, a script or a network.

use std::collections::HashMap;
use std::time::Duration;

use model::chat::{FileView, MessageView};
use model::{AccountId, Time};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::words::Words;
use crate::html::escaped;

/// Messages of one page.
pub const ON_PAGE: i64 = 2_000;
/// Bytes of a file's own name in the archive.
const NAME_MAX: usize = 100;

/// A message with the texts it had.
pub struct Said {
    /// The message.
    pub message: MessageView,
    /// The texts it had, the last replaced first.
    pub before: Vec<(String, Time)>,
}

/// What is the same for every message.
pub struct Book {
    /// Names by id.
    pub names: HashMap<AccountId, String>,
    /// Minutes from UTC.
    pub offset_minutes: i64,
    /// The words beside the messages.
    pub words: &'static Words,
}

impl Book {
    fn name(&self, id: AccountId) -> &str {
        self.names.get(&id).map_or("…", String::as_str)
    }

    /// The moment on the person's clock, to the minute.
    pub fn clock(&self, time: Time) -> String {
        let minutes = Duration::from_secs(self.offset_minutes.unsigned_abs() * 60);
        let shifted = if self.offset_minutes < 0 { time - minutes } else { time + minutes };
        shifted.to_string().get(..16).unwrap_or_default().replace('T', " ")
    }

    /// The person's distance from UTC, such as `UTC+01:00`.
    pub fn zone(&self) -> String {
        let sign = if self.offset_minutes < 0 { '-' } else { '+' };
        let minutes = self.offset_minutes.unsigned_abs();
        format!("UTC{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }

    /// A message as JSON; docs/EXPORT.md says what is what.
    pub fn json(&self, said: &Said) -> Value {
        let message = &said.message;
        let person = |id: AccountId| json!({ "id": id, "name": self.name(id) });
        json!({
            "id": message.id,
            "position": message.position,
            "kind": message.kind,
            "author": { "id": message.author.id, "name": message.author.name },
            "created_at": message.created_at,
            "edited_at": message.edited_at,
            "deleted_at": message.deleted_at,
            "body": message.body,
            "mentions": message.mentions.iter().copied().map(person).collect::<Vec<_>>(),
            "system": message.system,
            "quote": message.quote.as_ref().map(|quote| json!({
                "message_id": quote.message_id, "position": quote.position,
                "author": { "id": quote.author.id, "name": quote.author.name }, "excerpt": quote.excerpt,
            })),
            "forwarded_from": message.forwarded_from.as_ref().map(|by| json!({ "id": by.id, "name": by.name })),
            "files": message.files.iter().map(|file| json!({
                "id": file.id, "name": file.name, "size_bytes": file.size_bytes, "media_type": file.media_type,
            })).collect::<Vec<_>>(),
            "preview": message.preview.as_ref().map(|preview| json!({
                "url": preview.url, "title": preview.title, "description": preview.description,
            })),
            "reactions": message.reactions.iter().map(|reaction| json!({
                "emoji": reaction.emoji, "people": reaction.people.iter().copied().map(person).collect::<Vec<_>>(),
            })).collect::<Vec<_>>(),
            "pinned": message.pinned,
            "edits": said.before.iter().map(|(body, at)| json!({ "body": body, "replaced_at": at })).collect::<Vec<_>>(),
        })
    }

    /// A message as part of a page.
    pub fn html(&self, said: &Said) -> String {
        let message = &said.message;
        let mut html = String::new();
        let (author, at) = (escaped(&message.author.name), self.clock(message.created_at));
        let mut put = |text: std::fmt::Arguments<'_>| html.push_str(&text.to_string());
        put(format_args!("<article id=\"m{}\">", message.position));
        if let Some(note) = &message.system {
            let note = escaped(&self.words.note(&message.author.name, note));
            put(format_args!("<p class=\"note\">{note} · <time>{at}</time></p></article>\n"));
            return html;
        }
        put(format_args!("<h2>{author} <time>{at}</time>"));
        if message.edited_at.is_some() && message.deleted_at.is_none() {
            put(format_args!(" <small>{}</small>", escaped(self.words.edited)));
        }
        put(format_args!("</h2>"));
        if message.deleted_at.is_some() {
            put(format_args!("<p class=\"note\">{}</p></article>\n", escaped(self.words.deleted)));
            return html;
        }
        if let Some(by) = &message.forwarded_from {
            put(format_args!("<p class=\"note\">{}</p>", escaped(&self.words.forwarded.replacen("{}", &by.name, 1))));
        }
        if let Some(quote) = &message.quote {
            let excerpt = if quote.excerpt.is_empty() { self.words.deleted } else { &quote.excerpt };
            let excerpt = escaped(&self.spoken(excerpt));
            let (page, author) = (page_name(quote.position), escaped(&quote.author.name));
            put(format_args!(
                "<blockquote><a href=\"{page}#m{}\">{author}</a>: {excerpt}</blockquote>",
                quote.position
            ));
        }
        if !message.body.is_empty() {
            put(format_args!("<div class=\"body\">{}</div>", escaped(&self.spoken(&message.body))));
        }
        for (place, file) in message.files.iter().enumerate() {
            let href = encoded(&file_name(message.position, place, file));
            let name = escaped(&file.name);
            if file.thumbnail.is_some() {
                put(format_args!("<p><a href=\"{href}\"><img src=\"{href}\" alt=\"{name}\"></a></p>"));
            } else {
                put(format_args!(
                    "<p class=\"file\"><a href=\"{href}\">{name}</a> <small>{} B</small></p>",
                    file.size_bytes
                ));
            }
        }
        if let Some(preview) = &message.preview {
            put(format_args!("<p class=\"note\">{} — {}</p>", escaped(&preview.title), escaped(&preview.url)));
        }
        if !message.reactions.is_empty() {
            let all = message.reactions.iter().map(|reaction| {
                let names: Vec<_> = reaction.people.iter().map(|id| escaped(self.name(*id))).collect();
                format!("{} {}", escaped(&reaction.emoji), names.join(", "))
            });
            put(format_args!("<p class=\"reactions\">{}</p>", all.collect::<Vec<_>>().join(" · ")));
        }
        for (body, at) in &said.before {
            let (label, at) = (escaped(self.words.before), self.clock(*at));
            put(format_args!("<p class=\"note\">{label} ({at}): {}</p>", escaped(&self.spoken(body))));
        }
        put(format_args!("</article>\n"));
        html
    }

    /// The text with names in place of the ids of those who are mentioned.
    fn spoken(&self, body: &str) -> String {
        let mut pieces = body.split("<@");
        let mut text = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            match piece.split_once('>').map(|(id, rest)| (id.parse::<AccountId>(), rest)) {
                Some((Ok(id), rest)) => text.push_str(&format!("@{}{rest}", self.name(id))),
                _ => text.push_str(&format!("<@{piece}")),
            }
        }
        text
    }
}

/// The page on which a message stands.
pub fn page_name(position: i64) -> String {
    match (position - 1) / ON_PAGE {
        0 => "index.html".to_owned(),
        page => format!("page-{}.html", page + 1),
    }
}

/// What every page begins with. Nothing of it can act: no script, no frame, no form, no address of anybody.
pub fn head(language: &str, title: &str) -> String {
    let (language, title) = (escaped(language), escaped(title));
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<meta charset=\"utf-8\">\n\
        <meta http-equiv=\"Content-Security-Policy\" content=\"script-src 'none'; object-src 'none'; frame-src 'none'; \
        connect-src 'none'; form-action 'none'; base-uri 'none'\">\n\
        <meta name=\"viewport\" content=\"width=device-width\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
        <title>{title}</title>\n<style>{STYLE}</style>\n<h1>{title}</h1>\n"
    )
}

const STYLE: &str = ":root{color-scheme:light dark}body{max-width:760px;margin:2em auto;padding:0 1em;\
font:15px/1.45 system-ui,sans-serif;overflow-wrap:anywhere}h1{font-size:1.5em}h2{margin:1.2em 0 .1em;font-size:1em}\
time,small,.note{font-size:.85em;font-weight:400;opacity:.7}.body{white-space:pre-wrap}blockquote{margin:.3em 0;\
padding-left:.8em;border-left:3px solid #9a6a00}p{margin:.3em 0}img{max-width:100%;max-height:400px}\
article{break-inside:avoid}nav{display:flex;gap:1em;margin:2em 0}";

/// Where a file lies in the archive: its message's place makes it the only one of this name, and nothing in its own
/// name leads anywhere.
pub fn file_name(position: i64, place: usize, file: &FileView) -> String {
    let safe: String =
        file.name.chars().map(|c| if c.is_alphanumeric() || "-_.()".contains(c) { c } else { '_' }).collect();
    let safe = safe.trim_matches(['.', '_']);
    let (stem, ending) = match safe.rsplit_once('.') {
        Some((stem, ending)) if ending.len() <= 10 => (stem, format!(".{ending}")),
        _ => (safe, String::new()),
    };
    let mut cut = stem.len().min(NAME_MAX);
    while !stem.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("files/{position:06}-{place}-{}{ending}", &stem[..cut])
}

/// What stands unescaped in an address of the archive.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'/');

fn encoded(path: &str) -> String {
    utf8_percent_encode(path, PLAIN).to_string()
}
