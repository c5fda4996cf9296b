//! Ids: UUIDv7 inside, `prefix_` and 26 lower-case base32 characters outside.
//!
//! UUIDv7 sorts by creation, the text form survives mail addresses and log searches, and the prefix says
//! what kind of thing it is, so that an id of the wrong kind is refused before any row is read.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use uuid::Uuid;

/// A kind of thing that has ids. Implemented by the empty types in [`kind`].
pub trait Kind: 'static {
    /// What stands before the underscore, lower-case ASCII.
    const PREFIX: &'static str;
}

/// An id of one kind. `Id<kind::Message>` and `Id<kind::Account>` cannot be mixed up.
pub struct Id<K> {
    uuid: Uuid,
    kind: PhantomData<fn() -> K>,
}

/// The text was not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not an id of the kind {expected}_…")]
pub struct IdMismatch {
    /// The prefix that was expected, without the underscore.
    pub expected: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal, $alias:ident;)*) => {
        /// The empty types that name the kinds.
        pub mod kind { $(
            $(#[$doc])*
            #[derive(Debug)]
            pub enum $name {}
            impl super::Kind for $name {
                const PREFIX: &'static str = $prefix;
            }
        )* }
        $(
            $(#[$doc])*
            pub type $alias = Id<kind::$name>;
        )*
    };
}

ids! {
    /// An organization: the unit of sharing and of scale.
    Organization = "org", OrganizationId;
    /// An account: one person with one proven email address.
    Account = "acct", AccountId;
    /// A conversation, direct or group.
    Conversation = "conv", ConversationId;
    /// A message of a conversation.
    Message = "msg", MessageId;
    /// An uploaded file.
    File = "file", FileId;
    /// A signed-in browser or phone.
    Session = "sess", SessionId;
    /// A sign-in code that was sent.
    SignInCode = "code", SignInCodeId;
    /// Something a person told the makers.
    Feedback = "fb", FeedbackId;
    /// A mail that leaves or left the server.
    Mail = "mail", MailId;
    /// An invitation to join an organization.
    Invitation = "inv", InvitationId;
    /// Somebody who asked to be let into an organization.
    JoinRequest = "join", JoinRequestId;
    /// An API token.
    Token = "tok", TokenId;
    /// Who an account is elsewhere.
    Identity = "ident", IdentityId;
    /// A way out to a provider that proves who somebody is.
    ProviderSignIn = "way", ProviderSignInId;
    /// A background job.
    Job = "job", JobId;
    /// A phonebook, shared or personal.
    Phonebook = "book", PhonebookId;
    /// An entry of a phonebook.
    Contact = "cont", ContactId;
    /// An export of a conversation.
    Export = "exp", ExportId;
    /// An import into a phonebook.
    Import = "imp", ImportId;
}

const ALPHABET: &[u8; 32] = b"234567abcdefghijklmnopqrstuvwxyz";
const TEXT_LENGTH: usize = 26;

impl<K> Id<K> {
    /// Wraps a UUID; the caller made it from its own time and randomness, or read it from a row.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, kind: PhantomData }
    }

    /// The UUID inside.
    pub const fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// A UUIDv7 of this time and these 10 random bytes (RFC 9562, section 5.7).
    pub fn new(now: crate::Time, random: [u8; 10]) -> Self {
        let millis = now.millis().max(0).unsigned_abs();
        Self::from_uuid(uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid())
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0_u8; TEXT_LENGTH];
        let mut rest = self.uuid.as_u128();
        for slot in text.iter_mut().rev() {
            *slot = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        write!(f, "{}_{}", K::PREFIX, String::from_utf8_lossy(&text))
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdMismatch;

    fn from_str(text: &str) -> Result<Self, IdMismatch> {
        let mismatch = IdMismatch { expected: K::PREFIX };
        let digits = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_')).ok_or(mismatch)?;
        if digits.len() != TEXT_LENGTH {
            return Err(mismatch);
        }
        let mut value: u128 = 0;
        for (at, byte) in digits.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|letter| *letter == byte).ok_or(mismatch)? as u128;
            // 26 × 5 bits are 130: the first character may only carry three.
            if at == 0 && digit > 7 {
                return Err(mismatch);
            }
            value = (value << 5) | digit;
        }
        Ok(Self::from_uuid(Uuid::from_u128(value)))
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Id<K> {}

impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}

impl<K> Eq for Id<K> {}

impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}

impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<K: Kind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn text_and_back() {
        for uuid in [Uuid::nil(), Uuid::max(), Uuid::from_u128(1)] {
            let id = AccountId::from_uuid(uuid);
            assert_eq!(id.to_string().parse::<AccountId>(), Ok(id));
            assert_eq!(id.to_string().len(), "acct_".len() + TEXT_LENGTH);
        }
    }

    #[test]
    fn later_ids_sort_later_as_text_too() {
        let early = MessageId::new(Time::from_millis(1_000), [255; 10]);
        let late = MessageId::new(Time::from_millis(2_000), [0; 10]);
        assert!(early < late);
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn foreign_broken_and_overlong_texts_are_refused() {
        let account = AccountId::from_uuid(Uuid::from_u128(77)).to_string();
        assert!(account.parse::<MessageId>().is_err());
        for text in
            ["", "acct_", "acct", "acct_zzzzzzzzzzzzzzzzzzzzzzzzzz", "ACCT_22222222222222222222222222", &account[..20]]
        {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
        assert!(format!("{account}a").parse::<AccountId>().is_err());
    }
}
