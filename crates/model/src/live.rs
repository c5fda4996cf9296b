//! What goes over the live socket (`/api/live`), both ways, as JSON text frames.
//!
//! 1. The client says [`ClientFrame::Hello`] with the cursor it has, or none.
//! 2. The server answers [`ServerFrame::Start`] (a snapshot replaces what the client has; its first pieces come as
//!    [`ServerFrame::Part`]) or [`ServerFrame::Resumed`] (what was missed follows as events).
//! 3. Events follow. A frame's `position` counts what this connection was sent; a client whose last position is not
//!    `prev` has a gap, closes, and comes back with its last cursor.

use serde::{Deserialize, Serialize};

use crate::account::{Me, PersonView};
use crate::chat::ConversationView;
use crate::event::Event;
use crate::presence::Presence;
use crate::{AccountId, ConversationId, words};

/// The version of this exchange; a server that does not speak the client's asks it to reload.
pub const PROTOCOL: u32 = 2;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub enum ClientFrame {
    /// The first frame.
    Hello {
        /// [`PROTOCOL`] as the client was built.
        protocol: u32,
        /// Where the client stopped; none to start anew.
        cursor: Option<String>,
    },
    /// The person is typing; repeated every 3 s while it lasts.
    Typing {
        /// Where.
        conversation_id: ConversationId,
    },
    /// Whose presence is on screen: replaces the previous list, at most 500.
    Watch {
        /// The people.
        people: Vec<AccountId>,
    },
    /// Asks whether the server is still there.
    Ping,
}

/// What the server says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub enum ServerFrame {
    /// A piece of the snapshot that [`ServerFrame::Start`] completes: what is first in its lists. Small pieces keep a
    /// connection's buffer small for as long as it lasts.
    Part {
        /// The next of [`Snapshot::conversations`].
        conversations: Vec<ConversationView>,
        /// The next of [`Snapshot::people`].
        people: Vec<PersonView>,
    },
    /// Everything anew.
    Start {
        /// The cursor of the snapshot.
        cursor: String,
        /// What the client shows first.
        snapshot: Box<Snapshot>,
    },
    /// What was missed follows.
    Resumed {
        /// How many events follow at once.
        missed: i64,
    },
    /// Something happened.
    Event {
        /// Counts the events of this connection from 1.
        position: u64,
        /// The position sent before this one.
        prev: u64,
        /// Where to resume after this event; opaque.
        cursor: String,
        /// What happened.
        event: Event,
    },
    /// Something that is not kept.
    Signal {
        /// What.
        signal: Signal,
    },
    /// The answer to a ping.
    Pong,
    /// The last frame.
    Goodbye {
        /// Why.
        reason: GoodbyeReason,
    },
}

words! {
    /// Why the server ends a connection.
    pub enum GoodbyeReason {
        /// The session was ended: forget everything and sign in again.
        SessionEnded = "session_ended",
        /// The client read too slowly: come back with the cursor.
        Slow = "slow",
        /// The server stops: come back with the cursor.
        Restarting = "restarting",
        /// The client speaks another version: reload.
        Outdated = "outdated",
        /// A frame could not be read.
        BadFrame = "bad_frame",
    }
}

/// Something that is not kept and expires by itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub enum Signal {
    /// Somebody is typing; shown for 6 s.
    Typing {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        person_id: AccountId,
    },
    /// Somebody has seen all up to here.
    Read {
        /// Where.
        conversation_id: ConversationId,
        /// Who.
        person_id: AccountId,
        /// The message position.
        position: i64,
    },
    /// Somebody watched is reachable differently now.
    Presence {
        /// Who.
        person_id: AccountId,
        /// How.
        presence: Presence,
        /// Words the person left.
        status_message: Option<String>,
    },
}

/// What a client shows first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct Snapshot {
    /// The person.
    pub me: Me,
    /// The newest conversations that are not hidden, newest first, at most 100; pinned ones are always here.
    pub conversations: Vec<ConversationView>,
    /// Whether older ones can be asked for.
    pub more_conversations: bool,
    /// The colleagues, at most 500 by name; the directory has all.
    pub people: Vec<PersonView>,
}
