//! Search: one field over people, contacts, conversations and what was said (DIR-01).
//!
//! What a person may see decides: messages of conversations they take part in now, shared phonebooks and their own.
//! People and conversation titles are few and are looked through as they are; contacts and messages have a full-text
//! index. Contacts are indexed where they are written; messages after the commit, by [`indexer`], from the event log.

pub mod indexer;
pub mod search_conversation;
pub mod search_everything;
pub mod store;

#[cfg(test)]
mod tests;

use ::store::Committed;
use model::event::Event;
use tokio::sync::{Mutex, Notify};

use crate::http::routes::{Routes, get};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new()
        .route("/search", get(search_everything::search_everything))
        .route("/conversations/{conversation}/search", get(search_conversation::search_conversation))
}

/// Scopes that one question names; somebody who sees more is asked for by organization.
const SCOPES_MAX: usize = 200;

/// The word by which the index knows an organization, a conversation or a phonebook: its id without the prefix.
pub fn scope<K: model::id::Kind>(id: model::Id<K>) -> String {
    let text = id.to_string();
    text.rsplit_once('_').map_or_else(|| text.clone(), |(_, digits)| digits.to_owned())
}

/// Wakes whoever keeps the index of messages, and lets one work at a time.
#[derive(Default)]
pub struct Indexing {
    woken: Notify,
    working: Mutex<()>,
}

impl Indexing {
    /// Something was committed; called on the database's thread.
    pub fn notice(&self, committed: &[Committed]) {
        let says = |committed: &Committed| {
            use Event::{MessageDeleted, MessageEdited, MessagePosted, MessageRestored};
            matches!(
                committed.event.as_ref(),
                MessagePosted { .. } | MessageEdited { .. } | MessageDeleted { .. } | MessageRestored { .. }
            )
        };
        if committed.iter().any(says) {
            self.woken.notify_one();
        }
    }
}
