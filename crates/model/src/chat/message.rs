//! A message: what it is, and whether it may be said.

use serde::{Deserialize, Serialize};

use super::link::PreviewView;
use crate::account::PersonBrief;
use crate::{AccountId, Code, ConversationId, FileId, MessageId, Refusal, Time, words};

/// Characters of a message.
pub const BODY_MAX: usize = 16_000;
/// Files of a message.
pub const FILES_MAX: usize = 20;
/// Characters of a quoted message that are repeated.
pub const EXCERPT_MAX: usize = 160;
/// Characters of a client's own id of a send.
pub const CLIENT_ID_MAX: usize = 64;

words! {
    /// What kind of message it is (MSG-10).
    pub enum MessageKind {
        /// Somebody said it.
        Regular = "regular",
        /// The conversation tells what happened to it.
        System = "system",
    }
}

/// What a system message tells (CONV-05).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub enum SystemNote {
    /// The author made the conversation.
    Created,
    /// The author brought people in.
    Added {
        /// Whom.
        people: Vec<PersonBrief>,
    },
    /// The author left.
    Left,
    /// The author came back.
    Returned,
    /// The author gave another title.
    Renamed {
        /// The new one.
        title: String,
    },
    /// The author changed the picture.
    PictureChanged,
}

/// A message as everybody in the conversation sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct MessageView {
    /// The message.
    pub id: MessageId,
    /// The id its author's client gave it; a send repeated with it is the same message (MSG-15).
    pub client_id: String,
    /// Its conversation.
    pub conversation_id: ConversationId,
    /// Its place among the conversation's messages, from 1, without gaps.
    pub position: i64,
    /// Who said it.
    pub author: PersonBrief,
    /// What kind.
    pub kind: MessageKind,
    /// The text in our Markdown subset; a mention is `<@acct_…>`. Empty when deleted.
    pub body: String,
    /// What a system message tells.
    pub system: Option<SystemNote>,
    /// The message it answers (MSG-04).
    pub quote: Option<QuoteView>,
    /// Who said it first, when forwarded (MSG-05).
    pub forwarded_from: Option<PersonBrief>,
    /// Its files.
    pub files: Vec<FileView>,
    /// What stands behind its first link.
    #[serde(default)]
    pub preview: Option<PreviewView>,
    /// Who is mentioned.
    pub mentions: Vec<AccountId>,
    /// Reactions in order of first appearance.
    pub reactions: Vec<ReactionView>,
    /// Whether it is pinned for everybody.
    pub pinned: bool,
    /// When it was said.
    pub created_at: Time,
    /// When it was last changed.
    pub edited_at: Option<Time>,
    /// When it was taken back.
    pub deleted_at: Option<Time>,
}

impl MessageView {
    /// Takes out what a message said that was taken back then: this one, or the one this one answers. Says whether
    /// anything of it was there.
    pub fn erase(&mut self, id: MessageId, deleted_at: Time) -> bool {
        if self.id == id {
            self.body.clear();
            self.files.clear();
            self.mentions.clear();
            self.reactions.clear();
            (self.quote, self.forwarded_from, self.preview, self.pinned) = (None, None, None, false);
            self.deleted_at = Some(deleted_at);
            return true;
        }
        let quote = self.quote.as_mut().filter(|quote| quote.message_id == id);
        quote.is_some_and(|quote| !std::mem::take(&mut quote.excerpt).is_empty())
    }
}

/// A message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct QuoteView {
    /// The quoted message.
    pub message_id: MessageId,
    /// Its place, to jump to.
    pub position: i64,
    /// Who said it.
    pub author: PersonBrief,
    /// Its beginning; empty when it was deleted.
    pub excerpt: String,
}

/// A reaction and who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct ReactionView {
    /// The emoji.
    pub emoji: String,
    /// Who, in order.
    pub people: Vec<AccountId>,
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct FileView {
    /// The file.
    pub id: FileId,
    /// Its name.
    pub name: String,
    /// Its size.
    pub size_bytes: i64,
    /// What it is, as found by the server.
    pub media_type: String,
    /// Address of its content on this server; always an attachment.
    pub url: String,
    /// Address of a small re-encoded picture, for images.
    pub thumbnail: Option<String>,
    /// Pixels, for images.
    pub width: Option<i64>,
    /// Pixels, for images.
    pub height: Option<i64>,
}

/// What a person wants to say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The text.
    pub body: String,
    /// How many files go with it.
    pub files: usize,
}

/// Checks what a person wants to say and returns the text as it is kept: without trailing white space, with `\n` lines.
///
/// # Errors
/// [`Code::MessageEmpty`], [`Code::MessageTooLong`], [`Code::TooManyFiles`].
pub fn compose(draft: &Draft) -> Result<String, Refusal> {
    if draft.files > FILES_MAX {
        return Err(Code::TooManyFiles.into());
    }
    let body: String =
        draft.body.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || "\n\t".contains(*c)).collect();
    let body = body.trim_end().trim_start_matches('\n');
    if body.trim().is_empty() && draft.files == 0 {
        return Err(Code::MessageEmpty.into());
    }
    if body.chars().count() > BODY_MAX {
        return Err(Code::MessageTooLong.into());
    }
    Ok(body.to_owned())
}

/// Whether the id a client gave its send can be kept: 1 to 64 letters, digits, `-` or `_`.
///
/// # Errors
/// [`Code::BadRequest`].
pub fn client_id(text: &str) -> Result<&str, Refusal> {
    let fits = (1..=CLIENT_ID_MAX).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if fits { Ok(text) } else { Err(Code::BadRequest.into()) }
}

/// Who is mentioned in a text, each once, in order; code spans are not looked into differently, a mention is a mention.
pub fn mentions(body: &str) -> Vec<AccountId> {
    let mut found = Vec::new();
    for piece in body.split("<@").skip(1) {
        let id = piece.split_once('>').and_then(|(id, _)| id.parse::<AccountId>().ok());
        if let Some(id) = id
            && !found.contains(&id)
        {
            found.push(id);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn draft(body: &str) -> Draft {
        Draft { body: body.to_owned(), files: 0 }
    }

    #[test]
    fn texts_are_kept_as_typed_but_clean() {
        assert_eq!(compose(&draft("\n  hello\r\nworld \u{0}\n\n")).unwrap(), "  hello\nworld");
        assert_eq!(compose(&draft(" \n ")).unwrap_err().code, Code::MessageEmpty);
        assert_eq!(compose(&Draft { body: String::new(), files: 1 }).unwrap(), "");
        assert_eq!(compose(&Draft { body: String::new(), files: 21 }).unwrap_err().code, Code::TooManyFiles);
    }

    #[test]
    fn length_is_counted_in_characters() {
        assert!(compose(&draft(&"ü".repeat(BODY_MAX))).is_ok());
        assert_eq!(compose(&draft(&"ü".repeat(BODY_MAX + 1))).unwrap_err().code, Code::MessageTooLong);
    }

    #[test]
    fn mentions_are_found_once_and_broken_ones_ignored() {
        let nora = AccountId::from_uuid(Uuid::from_u128(9));
        let body = format!("hi <@{nora}>, <@{nora}> and <@acct_> and <@nobody> <@");
        assert_eq!(mentions(&body), vec![nora]);
    }

    #[test]
    fn client_ids() {
        assert!(client_id("0190-abc_Z").is_ok());
        for bad in ["", "a b", "ü", &"x".repeat(65)] {
            assert!(client_id(bad).is_err(), "{bad}");
        }
    }
}
