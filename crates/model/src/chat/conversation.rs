//! A conversation, the places people have in it, and the rules for them.

use serde::{Deserialize, Serialize};

use crate::account::PersonBrief;
use crate::chat::MessageView;
use crate::{AccountId, Code, ConversationId, OrganizationId, Refusal, Time, words};

/// People in one conversation (CONV-04).
pub const PARTICIPANTS_MAX: usize = 1_000;

words! {
    /// Whether a conversation is between two people or among many.
    pub enum ConversationKind {
        /// Between two; there is exactly one for a pair in an organization (CONV-10).
        Direct = "direct",
        /// Among any number, with a title.
        Group = "group",
    }
}

words! {
    /// Which conversations (CONV-21).
    pub enum ConversationFilter {
        /// All that are not hidden.
        All = "all",
        /// Those in which others said something new.
        Unread = "unread",
        /// Those between two.
        Direct = "direct",
        /// Those among many.
        Group = "group",
        /// Those that are hidden.
        Hidden = "hidden",
    }
}

/// A conversation as one person sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct ConversationView {
    /// The conversation.
    pub id: ConversationId,
    /// Where it lives.
    pub organization_id: OrganizationId,
    /// Between two or among many.
    pub kind: ConversationKind,
    /// The title; none for a direct conversation, which is named after the other person (CONV-26).
    pub title: Option<String>,
    /// The description.
    pub description: Option<String>,
    /// Address of the picture on this server.
    pub picture: Option<String>,
    /// The first eight people by time of joining, the person who looks left out.
    pub people: Vec<PersonBrief>,
    /// How many take part.
    pub participant_count: i64,
    /// Position of the newest message; 0 when there is none.
    pub position: i64,
    /// The newest message.
    pub last_message: Option<MessageView>,
    /// When the newest message came, or the conversation was made.
    pub active_at: Time,
    /// The viewer's place.
    pub seat: SeatView,
    /// When it was made.
    pub created_at: Time,
}

/// A person's own place in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct SeatView {
    /// The person has seen all up to this position.
    pub read_position: i64,
    /// Messages by others beyond it; counted up to 100.
    pub unread: i64,
    /// Whether one of them mentions the person.
    pub mentioned: bool,
    /// Kept out of the list until something new comes (CONV-17).
    pub hidden: bool,
    /// No notifications (NOTIF-09).
    pub muted: bool,
    /// At the top of the list since then (CONV-20).
    pub pinned_at: Option<Time>,
    /// Text not sent yet.
    pub draft: Option<String>,
}

/// Somebody who takes part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct ParticipantView {
    /// Who.
    pub person: PersonBrief,
    /// What the person does.
    pub title: Option<String>,
    /// Since when.
    pub joined_at: Time,
    /// Has seen all up to here.
    pub read_position: i64,
}

/// The text that is the same for a pair whoever starts, by which the one direct conversation of two people is found.
pub fn direct_key(one: AccountId, other: AccountId) -> String {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    format!("{first}:{second}")
}

/// Whether people may be added to this conversation.
///
/// # Errors
/// [`Code::DirectIsForTwo`], [`Code::TooManyParticipants`].
pub fn may_grow(kind: ConversationKind, present: usize, coming: usize) -> Result<(), Refusal> {
    match kind {
        ConversationKind::Direct => Err(Code::DirectIsForTwo.into()),
        ConversationKind::Group if present + coming > PARTICIPANTS_MAX => Err(Code::TooManyParticipants.into()),
        ConversationKind::Group => Ok(()),
    }
}

/// Whether somebody may leave this conversation (CONV-19).
///
/// # Errors
/// [`Code::DirectCannotBeLeft`].
pub fn may_leave(kind: ConversationKind) -> Result<(), Refusal> {
    match kind {
        ConversationKind::Direct => Err(Code::DirectCannotBeLeft.into()),
        ConversationKind::Group => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_pair_has_one_key() {
        let (a, b) = (AccountId::from_uuid(Uuid::from_u128(1)), AccountId::from_uuid(Uuid::from_u128(2)));
        assert_eq!(direct_key(a, b), direct_key(b, a));
        assert_ne!(direct_key(a, b), direct_key(a, a));
    }

    #[test]
    fn growth_is_bounded() {
        assert!(may_grow(ConversationKind::Group, 999, 1).is_ok());
        assert_eq!(may_grow(ConversationKind::Group, 999, 2).unwrap_err().code, Code::TooManyParticipants);
        assert_eq!(may_grow(ConversationKind::Direct, 2, 1).unwrap_err().code, Code::DirectIsForTwo);
    }
}
