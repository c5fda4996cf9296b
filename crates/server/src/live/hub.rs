//! Who listens on this node, and the handing over of committed events.
//!
//! **Order.** Events of a stream are handed over by position. SQLite commits in order; on PostgreSQL a later one may
//! be reported first and waits here until the earlier ones came ([`Hub::gaps`] names those that stay away, and the
//! owner of the hub reads them from the log).
//!
//! **Joining without losing or repeating.** A session [attaches](Hub::attach) first: from then on everything of its
//! streams is kept for it. Then its snapshot is read, and with the snapshot's positions and conversations it
//! [settles](Hub::settle): what it may hear and does not have yet is delivered, the rest forgotten.
//!
//! **Who may hear** follows the events themselves: `conversation.joined` lets the person's sessions hear that
//! conversation from the next event on, `conversation.left` ends it. Both are in the organization's stream.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use model::event::{Audience, Event, Stream};
use model::live::{GoodbyeReason, Signal};
use model::presence::{Presence, Show};
use model::{AccountId, ConversationId, OrganizationId, SessionId};
use store::Committed;
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Cursor;

/// Frames that wait for one connection; a client that reads more slowly is cut and resumes.
const QUEUE: usize = 1_024;
/// Events kept for a session while its snapshot is read.
const ATTACHING_MAX: usize = 20_000;
/// People whose presence one session watches.
pub const WATCHED_MAX: usize = 500;

/// What a connection is to send.
#[derive(Debug, Clone)]
pub enum Outgoing {
    /// An event.
    Event(Arc<Committed>),
    /// A signal.
    Signal(Arc<Signal>),
    /// The last frame.
    Goodbye(GoodbyeReason),
}

/// Who a connection speaks for.
#[derive(Debug, Clone, Copy)]
pub struct Listener {
    /// The person.
    pub account_id: AccountId,
    /// The browser or phone.
    pub session_id: SessionId,
    /// Where the person works.
    pub organization_id: OrganizationId,
    /// What the person chose to be.
    pub show: Show,
}

/// One connection's key in the hub.
pub type Key = u64;

/// Who listens on this node.
#[derive(Default)]
pub struct Hub(Mutex<State>);

#[derive(Default)]
struct State {
    next_key: Key,
    sessions: HashMap<Key, Session>,
    /// Which sessions hear an audience.
    audiences: HashMap<Uuid, Vec<Key>>,
    streams: HashMap<Stream, StreamState>,
    /// Which sessions have a person on screen.
    watchers: HashMap<AccountId, HashSet<Key>>,
    people: HashMap<AccountId, Connected>,
}

/// A person with at least one connection, or one that just ended.
struct Connected {
    connections: usize,
    show: Show,
    message: Option<String>,
}

struct Session {
    listener: Listener,
    sender: mpsc::Sender<Outgoing>,
    /// What it hears beside its account and its organization.
    conversations: HashSet<ConversationId>,
    watched: Vec<AccountId>,
    phase: Phase,
}

enum Phase {
    /// Everything of its streams, in order, until the snapshot is there.
    Attaching(Vec<Arc<Committed>>),
    /// Events up to here are in its snapshot.
    Settled(Cursor),
}

#[derive(Default)]
struct StreamState {
    /// The next position to hand over; none until the first session has settled.
    next: Option<i64>,
    held: BTreeMap<i64, Arc<Committed>>,
    sessions: usize,
    /// Those whose snapshot is being read.
    attaching: HashSet<Key>,
}

impl Hub {
    /// A connection begins to listen. Nothing is delivered until it settles.
    pub fn attach(&self, listener: Listener) -> (Key, mpsc::Receiver<Outgoing>) {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let mut state = self.state();
        state.next_key += 1;
        let key = state.next_key;
        for stream in streams_of(&listener) {
            let stream = state.streams.entry(stream).or_default();
            stream.sessions += 1;
            stream.attaching.insert(key);
        }
        let session = Session {
            listener,
            sender,
            conversations: HashSet::new(),
            watched: Vec::new(),
            phase: Phase::Attaching(Vec::new()),
        };
        state.sessions.insert(key, session);
        state.hear(key, listener.account_id.uuid());
        state.hear(key, listener.organization_id.uuid());
        (key, receiver)
    }

    /// The snapshot was read: deliver what came since, and go on live.
    pub fn settle(&self, key: Key, cursor: Cursor, conversations: impl IntoIterator<Item = ConversationId>) {
        let mut state = self.state();
        let Some(listener) = state.sessions.get(&key).map(|session| session.listener) else { return };
        let [account, organization] = streams_of(&listener);
        state.begin_stream(account, cursor.account);
        state.begin_stream(organization, cursor.organization);
        for conversation in conversations {
            state.enter(key, conversation);
        }
        let Some(session) = state.sessions.get_mut(&key) else { return };
        let kept = match std::mem::replace(&mut session.phase, Phase::Settled(cursor)) {
            Phase::Attaching(kept) => kept,
            Phase::Settled(_) => return,
        };
        for stream in [account, organization] {
            if let Some(stream) = state.streams.get_mut(&stream) {
                stream.attaching.remove(&key);
            }
        }
        for committed in kept {
            state.hand_to(key, &committed);
        }
    }

    /// A connection ended.
    pub fn detach(&self, key: Key) {
        self.state().remove(key);
    }

    /// Hands committed events over.
    pub fn dispatch(&self, events: &[Committed]) {
        let mut state = self.state();
        for committed in events {
            state.arrive(Arc::new(committed.clone()));
        }
    }

    /// Streams in which an event stays away, with the positions to read from the log: from, and before.
    pub fn gaps(&self) -> Vec<(Stream, i64, i64)> {
        let state = self.state();
        let gap = |(id, stream): (&Stream, &StreamState)| Some((*id, stream.next?, *stream.held.first_key_value()?.0));
        state.streams.iter().filter_map(gap).collect()
    }

    /// Sends a signal to everybody who hears the conversation, but the person it is about.
    pub fn signal(&self, conversation: ConversationId, signal: &Signal, not_to: AccountId) {
        let signal = Arc::new(signal.clone());
        let mut state = self.state();
        let keys = state.audiences.get(&conversation.uuid()).cloned().unwrap_or_default();
        for key in keys {
            if state.sessions.get(&key).is_some_and(|session| session.listener.account_id != not_to) {
                state.send(key, Outgoing::Signal(signal.clone()));
            }
        }
    }

    /// Whether a person's session hears the conversation.
    pub fn hears(&self, key: Key, conversation: ConversationId) -> bool {
        self.state().sessions.get(&key).is_some_and(|session| session.conversations.contains(&conversation))
    }

    /// Ends the connections of a session that was ended, or of all sessions of a person.
    pub fn end_sessions(&self, account: AccountId, session: Option<SessionId>) {
        let ended = |id| session.is_none_or(|session| session == id);
        let mut state = self.state();
        let keys = state.audiences.get(&account.uuid()).cloned().unwrap_or_default();
        for key in keys {
            if state.sessions.get(&key).is_some_and(|session| ended(session.listener.session_id)) {
                state.send(key, Outgoing::Goodbye(GoodbyeReason::SessionEnded));
            }
        }
    }

    /// Asks every connection to come back.
    pub fn say_goodbye(&self) {
        let mut state = self.state();
        let keys: Vec<Key> = state.sessions.keys().copied().collect();
        for key in keys {
            state.send(key, Outgoing::Goodbye(GoodbyeReason::Restarting));
        }
    }

    /// How many connections there are.
    pub fn connections(&self) -> usize {
        self.state().sessions.len()
    }

    /// A person's connection is there: colleagues see the person as chosen.
    pub fn appear(&self, account: AccountId, show: Show, message: Option<String>) {
        let mut state = self.state();
        let person =
            state.people.entry(account).or_insert(Connected { connections: 0, show, message: message.clone() });
        person.connections += 1;
        (person.show, person.message) = (show, message);
        let first = person.connections == 1;
        if first {
            state.tell_watchers(account);
        }
    }

    /// A person's connection is gone for longer than the time of grace: with the last one the person is offline.
    pub fn depart(&self, account: AccountId) {
        let mut state = self.state();
        let Some(person) = state.people.get_mut(&account) else { return };
        person.connections = person.connections.saturating_sub(1);
        if person.connections == 0 {
            let message = state.people.remove(&account).and_then(|person| person.message);
            state.tell(account, Presence::Offline, message);
        }
    }

    /// A person chose another status.
    pub fn show(&self, account: AccountId, show: Show, message: Option<String>) {
        let mut state = self.state();
        if let Some(person) = state.people.get_mut(&account) {
            (person.show, person.message) = (show, message);
            state.tell_watchers(account);
        }
    }

    /// How reachable a person is.
    pub fn presence(&self, account: AccountId) -> Presence {
        self.state().presence(account)
    }

    /// Replaces whom a connection has on screen, and tells it how reachable they are.
    pub fn watch(&self, key: Key, people: Vec<AccountId>) {
        let mut state = self.state();
        let Some(session) = state.sessions.get_mut(&key) else { return };
        let before = std::mem::replace(&mut session.watched, people.clone());
        for account in before {
            state.unwatch(account, key);
        }
        for account in people {
            state.watchers.entry(account).or_default().insert(key);
            let signal = state.presence_signal(account);
            state.send(key, Outgoing::Signal(Arc::new(signal)));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn hear(&mut self, key: Key, audience: Uuid) {
        let keys = self.audiences.entry(audience).or_default();
        if !keys.contains(&key) {
            keys.push(key);
        }
    }

    fn unhear(&mut self, key: Key, audience: Uuid) {
        if let Some(keys) = self.audiences.get_mut(&audience) {
            keys.retain(|other| *other != key);
            if keys.is_empty() {
                self.audiences.remove(&audience);
            }
        }
    }

    fn enter(&mut self, key: Key, conversation: ConversationId) {
        if self.sessions.get_mut(&key).is_some_and(|session| session.conversations.insert(conversation)) {
            self.hear(key, conversation.uuid());
        }
    }

    fn exit(&mut self, key: Key, conversation: ConversationId) {
        if self.sessions.get_mut(&key).is_some_and(|session| session.conversations.remove(&conversation)) {
            self.unhear(key, conversation.uuid());
        }
    }

    fn remove(&mut self, key: Key) {
        let Some(session) = self.sessions.remove(&key) else { return };
        self.unhear(key, session.listener.account_id.uuid());
        self.unhear(key, session.listener.organization_id.uuid());
        for conversation in session.conversations {
            self.unhear(key, conversation.uuid());
        }
        for account in session.watched {
            self.unwatch(account, key);
        }
        for id in streams_of(&session.listener) {
            if let Some(stream) = self.streams.get_mut(&id) {
                stream.sessions -= 1;
                stream.attaching.remove(&key);
                if stream.sessions == 0 {
                    self.streams.remove(&id);
                }
            }
        }
    }

    fn unwatch(&mut self, account: AccountId, key: Key) {
        if let Some(keys) = self.watchers.get_mut(&account) {
            keys.remove(&key);
            if keys.is_empty() {
                self.watchers.remove(&account);
            }
        }
    }

    /// The first session of a stream has settled at this position: what was held up to it is in its snapshot, but
    /// perhaps not in the snapshots of those that still attach.
    fn begin_stream(&mut self, id: Stream, position: i64) {
        let Some(stream) = self.streams.get_mut(&id).filter(|stream| stream.next.is_none()) else { return };
        let later = stream.held.split_off(&(position + 1));
        let earlier = std::mem::replace(&mut stream.held, later);
        stream.next = Some(position + 1);
        for committed in earlier.into_values() {
            self.hand_over(&committed);
        }
        self.hand_over_ready(id);
    }

    fn arrive(&mut self, committed: Arc<Committed>) {
        let id = committed.stream;
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if stream.next.is_some_and(|next| committed.position < next) {
            return;
        }
        stream.held.insert(committed.position, committed);
        self.hand_over_ready(id);
    }

    fn hand_over_ready(&mut self, id: Stream) {
        loop {
            let Some(stream) = self.streams.get_mut(&id) else { return };
            let Some(next) = stream.next else { return };
            let Some(committed) = stream.held.remove(&next) else { return };
            stream.next = Some(next + 1);
            self.hand_over(&committed);
        }
    }

    /// To everybody who hears the audience, and to everybody of the stream who attaches.
    fn hand_over(&mut self, committed: &Arc<Committed>) {
        let stream = self.streams.get(&committed.stream);
        let waiting: Vec<Key> = stream.into_iter().flat_map(|stream| &stream.attaching).copied().collect();
        for key in waiting {
            let Some(session) = self.sessions.get_mut(&key) else { continue };
            let Phase::Attaching(kept) = &mut session.phase else { continue };
            if kept.len() < ATTACHING_MAX {
                kept.push(committed.clone());
            } else {
                self.cut(key);
            }
        }
        let hearing = self.audiences.get(&committed.audience.uuid()).cloned().unwrap_or_default();
        for key in hearing {
            if self.sessions.get(&key).is_some_and(|session| matches!(session.phase, Phase::Settled(_))) {
                self.hand_to(key, committed);
            }
        }
    }

    /// To one settled session, if it may hear it and does not have it.
    fn hand_to(&mut self, key: Key, committed: &Arc<Committed>) {
        let Some(session) = self.sessions.get(&key) else { return };
        let Phase::Settled(from) = session.phase else { return };
        let has = match committed.stream {
            Stream::Account(_) => from.account,
            Stream::Organization(_) => from.organization,
        };
        let hears = match committed.audience {
            Audience::Account(id) => id == session.listener.account_id,
            Audience::Organization(id) => id == session.listener.organization_id,
            Audience::Conversation(id) => session.conversations.contains(&id),
        };
        if committed.position <= has || !hears {
            return;
        }
        self.send(key, Outgoing::Event(committed.clone()));
        match committed.event.as_ref() {
            Event::ConversationJoined { conversation } => self.enter(key, conversation.id),
            Event::ConversationLeft { conversation_id } => self.exit(key, *conversation_id),
            _ => {}
        }
    }

    fn send(&mut self, key: Key, outgoing: Outgoing) {
        let Some(session) = self.sessions.get(&key) else { return };
        if session.sender.try_send(outgoing).is_err() {
            self.cut(key);
        }
    }

    /// A connection that reads too slowly: its channel closes, the client comes back with its cursor.
    fn cut(&mut self, key: Key) {
        self.remove(key);
    }

    fn presence(&self, account: AccountId) -> Presence {
        match self.people.get(&account).map(|person| person.show) {
            None => Presence::Offline,
            Some(Show::Available) => Presence::Available,
            Some(Show::Away) => Presence::Away,
            Some(Show::Dnd) => Presence::Dnd,
        }
    }

    fn presence_signal(&self, account: AccountId) -> Signal {
        let message = self.people.get(&account).and_then(|person| person.message.clone());
        Signal::Presence { person_id: account, presence: self.presence(account), status_message: message }
    }

    fn tell_watchers(&mut self, account: AccountId) {
        let (presence, message) =
            (self.presence(account), self.people.get(&account).and_then(|person| person.message.clone()));
        self.tell(account, presence, message);
    }

    fn tell(&mut self, account: AccountId, presence: Presence, status_message: Option<String>) {
        let keys: Vec<Key> = self.watchers.get(&account).into_iter().flatten().copied().collect();
        let signal = Arc::new(Signal::Presence { person_id: account, presence, status_message });
        for key in keys {
            self.send(key, Outgoing::Signal(signal.clone()));
        }
    }
}

fn streams_of(listener: &Listener) -> [Stream; 2] {
    [Stream::Account(listener.account_id), Stream::Organization(listener.organization_id)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    const ORGANIZATION: OrganizationId = OrganizationId::from_uuid(Uuid::from_u128(1));
    const NORA: AccountId = AccountId::from_uuid(Uuid::from_u128(2));
    const ROOM: ConversationId = ConversationId::from_uuid(Uuid::from_u128(3));

    fn listener() -> Listener {
        let session_id = SessionId::from_uuid(Uuid::from_u128(4));
        Listener { account_id: NORA, session_id, organization_id: ORGANIZATION, show: Show::Available }
    }

    fn event(position: i64, audience: Audience, event: Event) -> Committed {
        let json = Bytes::from(serde_json::to_vec(&event).unwrap());
        Committed { stream: Stream::Organization(ORGANIZATION), position, audience, event: Arc::new(event), json }
    }

    fn said(position: i64) -> Committed {
        let event_ = Event::MessageUnpinned {
            conversation_id: ROOM,
            message_id: model::MessageId::from_uuid(Uuid::from_u128(9)),
        };
        event(position, Audience::Conversation(ROOM), event_)
    }

    fn left(position: i64) -> Committed {
        event(position, Audience::Account(NORA), Event::ConversationLeft { conversation_id: ROOM })
    }

    fn heard(receiver: &mut mpsc::Receiver<Outgoing>) -> Vec<i64> {
        let mut positions = Vec::new();
        while let Ok(outgoing) = receiver.try_recv() {
            if let Outgoing::Event(committed) = outgoing {
                positions.push(committed.position);
            }
        }
        positions
    }

    fn at(organization: i64) -> Cursor {
        Cursor { account: 0, organization }
    }

    #[test]
    fn what_comes_while_a_snapshot_is_read_is_neither_lost_nor_repeated() {
        let hub = Hub::default();
        let (key, mut receiver) = hub.attach(listener());
        hub.dispatch(&[said(4), said(5)]);
        hub.dispatch(&[said(6)]);
        hub.settle(key, at(5), [ROOM]);
        hub.dispatch(&[said(7)]);
        assert_eq!(heard(&mut receiver), [6, 7]);
    }

    #[test]
    fn a_second_session_gets_what_the_first_had_in_its_snapshot() {
        let hub = Hub::default();
        let (first, _first_receiver) = hub.attach(listener());
        let (second, mut receiver) = hub.attach(listener());
        hub.dispatch(&[said(4), said(5), said(6)]);
        hub.settle(first, at(6), [ROOM]);
        hub.settle(second, at(4), [ROOM]);
        hub.dispatch(&[said(7)]);
        assert_eq!(heard(&mut receiver), [5, 6, 7]);
    }

    #[test]
    fn later_events_wait_for_earlier_ones() {
        let hub = Hub::default();
        let (key, mut receiver) = hub.attach(listener());
        hub.settle(key, at(1), [ROOM]);
        hub.dispatch(&[said(3)]);
        assert_eq!(heard(&mut receiver), [0_i64; 0]);
        assert_eq!(hub.gaps(), [(Stream::Organization(ORGANIZATION), 2, 3)]);
        hub.dispatch(&[said(2), said(2)]);
        assert_eq!(heard(&mut receiver), [2, 3]);
        assert!(hub.gaps().is_empty());
    }

    #[test]
    fn whoever_left_hears_no_more() {
        let hub = Hub::default();
        let (key, mut receiver) = hub.attach(listener());
        hub.settle(key, at(0), [ROOM]);
        hub.dispatch(&[said(1), left(2), said(3)]);
        assert_eq!(heard(&mut receiver), [1, 2]);
    }

    #[test]
    fn strangers_hear_nothing() {
        let hub = Hub::default();
        let (key, mut receiver) = hub.attach(listener());
        hub.settle(key, at(0), []);
        hub.dispatch(&[said(1)]);
        assert_eq!(heard(&mut receiver), [0_i64; 0]);
    }

    #[test]
    fn a_slow_reader_is_cut() {
        let hub = Hub::default();
        let (key, mut receiver) = hub.attach(listener());
        hub.settle(key, at(0), [ROOM]);
        hub.dispatch(&(1..=QUEUE as i64 + 1).map(said).collect::<Vec<_>>());
        assert_eq!(hub.connections(), 0);
        assert_eq!(heard(&mut receiver).len(), QUEUE);
        assert!(receiver.is_closed());
    }

    #[test]
    fn presence_is_told_to_those_who_watch() {
        let hub = Hub::default();
        let (key, mut receiver) = hub.attach(listener());
        hub.watch(key, vec![NORA]);
        hub.appear(NORA, Show::Available, None);
        hub.appear(NORA, Show::Available, None);
        hub.show(NORA, Show::Dnd, Some("busy".to_owned()));
        hub.depart(NORA);
        hub.depart(NORA);
        let mut seen = Vec::new();
        while let Ok(Outgoing::Signal(signal)) = receiver.try_recv() {
            if let Signal::Presence { presence, .. } = *signal {
                seen.push(presence);
            }
        }
        assert_eq!(seen, [Presence::Offline, Presence::Available, Presence::Dnd, Presence::Offline]);
    }
}
