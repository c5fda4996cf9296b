//! What the nodes of an installation tell each other, over [`bus::Bus`].
//!
//! A handler that changed something which other nodes remember or pass on says so with [`bus::Bus::publish`]; each node
//! hears it in [`hear`]. Nothing here has to arrive: a node that missed a notice finds events in the log
//! (`resume::fill_gaps`), and believes a cached session for no longer than the cache says.

use std::sync::Arc;

use model::live::Signal;
use model::presence::Show;
use model::{AccountId, ConversationId, SessionId};
use store::Committed;

use super::Hub;
use crate::access::SessionCache;

/// What a node tells the others, and itself.
#[derive(Debug, Clone)]
pub enum Notice {
    /// Events that are durable now.
    Committed(Vec<Committed>),
    /// Something that is not kept, to everybody who hears the conversation but the person it is about.
    Signal {
        /// Where.
        conversation_id: ConversationId,
        /// What.
        signal: Signal,
        /// The person it is about.
        not_to: AccountId,
    },
    /// A person chose another status.
    Shown {
        /// Who.
        account_id: AccountId,
        /// What the person chose to be.
        show: Show,
        /// Words the person left.
        message: Option<String>,
    },
    /// What a person, or a token of theirs, may do has changed.
    StandingChanged {
        /// Who.
        account_id: AccountId,
    },
    /// Sessions of a person were ended.
    SessionsEnded {
        /// Whose.
        account_id: AccountId,
        /// Which; none for all of them.
        session_id: Option<SessionId>,
    },
}

/// Makes what a node remembers follow what is published.
pub fn hear(bus: &bus::Bus<Notice>, hub: Arc<Hub>, sessions: Arc<SessionCache>) {
    bus.subscribe(move |notice| match notice {
        Notice::Committed(events) => hub.dispatch(events),
        Notice::Signal { conversation_id, signal, not_to } => hub.signal(*conversation_id, signal, *not_to),
        Notice::Shown { account_id, show, message } => hub.show(*account_id, *show, message.clone()),
        Notice::StandingChanged { account_id } => sessions.forget(*account_id),
        Notice::SessionsEnded { account_id, session_id } => {
            // First, so that a connection that is ended cannot come back on what was remembered.
            sessions.forget(*account_id);
            hub.end_sessions(*account_id, *session_id);
        }
    });
}
