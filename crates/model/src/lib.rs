//! What Waggle is: its nouns, their ids, who may do what, what happened, and the rules that decide.
//!
//! Nothing here touches a clock, a socket, a file or a database: time and randomness are arguments.
//! Rows are not defined here; views and events are, because they are what a client sees.
//! The types that serialize are exported to TypeScript by `cargo test` (`web/packages/protocol/src`).

pub mod access;
pub mod account;
pub mod chat;
pub mod clock;
pub mod directory;
pub mod event;
pub mod file;
pub mod id;
pub mod live;
pub mod mail;
pub mod member;
pub mod presence;
pub mod refusal;
pub mod search;
pub mod text;
pub mod time;
pub mod word;

pub use clock::Clock;
pub use id::{
    AccountId, ContactId, ConversationId, ExportId, FeedbackId, FileId, Id, IdentityId, ImportId, InvitationId, JobId,
    JoinRequestId, MailId, MessageId, OrganizationId, PhonebookId, ProviderSignInId, SessionId, SignInCodeId, TokenId,
};
pub use refusal::{Code, Refusal};
pub use time::Time;
pub use word::Word;

#[cfg(feature = "ts")]
mod ts {
    //! Ids and times are texts to a client, of a form that their schemas say.

    use ts_rs::{Config, TS};

    impl<K: 'static> TS for crate::Id<K> {
        type WithoutGenerics = crate::Id<()>;
        type OptionInnerType = Self;
        fn name(_: &Config) -> String {
            "string".to_owned()
        }
        fn inline(_: &Config) -> String {
            "string".to_owned()
        }
    }

    impl TS for crate::Time {
        type WithoutGenerics = Self;
        type OptionInnerType = Self;
        fn name(_: &Config) -> String {
            "string".to_owned()
        }
        fn inline(_: &Config) -> String {
            "string".to_owned()
        }
    }

    impl<K: crate::id::Kind> schemars::JsonSchema for crate::Id<K> {
        fn inline_schema() -> bool {
            true
        }
        fn schema_name() -> std::borrow::Cow<'static, str> {
            K::PREFIX.into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            // The first of 26 characters carries three bits.
            let pattern = format!("^{}_[2-7ab][2-7a-z]{{25}}$", K::PREFIX);
            schemars::json_schema!({ "type": "string", "pattern": pattern })
        }
    }

    impl schemars::JsonSchema for crate::Time {
        fn inline_schema() -> bool {
            true
        }
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Time".into()
        }
        fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({ "type": "string", "format": "date-time" })
        }
    }
}
