//! The people and conversations that a workload needs, and their rows.
//!
//! Thousands of people cannot sign in by code within the limits that protect the server, so their sessions are
//! written before it starts, through the server's own store functions. Times end now: nobody's session is due.

mod store;

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use ::store::{Db, Options};
use model::access::{Plan, Role};
use model::account::MemberState;
use model::chat::conversation::direct_key;
use model::chat::{ConversationKind, MessageKind};
use model::{AccountId, ConversationId, Id, OrganizationId, Time};
use server::accounts::store::{self as people, MemberRow, SessionListRow};
use server::app::system_clock;
use server::chat::store::{self as chat, NewConversation, NewMessage};
use server::http::cookies::SESSION_SECS;
use server::random::{self, Random};

use crate::Result;

/// Rows of one transaction.
const ROWS: usize = 5_000;

/// Everybody and everything of a workload.
pub struct World {
    organizations: Vec<OrganizationId>,
    /// Organization by organization.
    pub people: Vec<Person>,
    /// Where they talk.
    pub rooms: Vec<Room>,
    random: Random,
    now: Time,
}

/// Somebody.
pub struct Person {
    id: AccountId,
    organization: usize,
    secret: String,
    /// Indices of [`World::rooms`].
    pub rooms: Vec<usize>,
}

impl Person {
    /// What a browser sends.
    pub fn cookie(&self) -> String {
        format!("waggle={}", self.secret)
    }
}

/// A conversation.
pub struct Room {
    id: ConversationId,
    /// The id as addresses have it.
    pub name: String,
    /// Indices of [`World::people`].
    pub members: Vec<usize>,
    /// What was said before the server starts.
    pub messages: i64,
    /// Whether it was said in many words, for those who search.
    wordy: bool,
}

impl World {
    /// Organizations with so many people each, who do not talk yet.
    pub fn new(organizations: usize, people: usize) -> Self {
        let (random, now) = (Random::system(), system_clock().now());
        let mut world = World {
            organizations: (0..organizations).map(|_| Id::new(now, random.bytes())).collect(),
            people: Vec::new(),
            rooms: Vec::new(),
            random,
            now,
        };
        for organization in 0..organizations {
            let person = |_| {
                let (id, secret) = (world.id(), world.random.secret());
                Person { id, organization, secret, rooms: Vec::new() }
            };
            let made: Vec<Person> = (0..people).map(person).collect();
            world.people.extend(made);
        }
        world
    }

    /// A conversation of these, in which so much was said.
    pub fn room(mut self, members: Range<usize>, messages: i64) -> Self {
        let id: ConversationId = self.id();
        for person in members.clone() {
            self.people[person].rooms.push(self.rooms.len());
        }
        self.rooms.push(Room { id, name: id.to_string(), members: members.collect(), messages, wordy: false });
        self
    }

    /// The same, the last conversation in many different words.
    pub fn wordy(mut self) -> Self {
        self.rooms.last_mut().into_iter().for_each(|room| room.wordy = true);
        self
    }

    /// Everybody talks with a neighbour; a first message was said, as the very first costs more.
    pub fn pairs(self) -> Self {
        let count = self.people.len();
        (0..count / 2).fold(self, |world, pair| world.room(2 * pair..2 * pair + 2, 1))
    }

    fn id<K>(&self) -> Id<K> {
        Id::new(self.now, self.random.bytes())
    }

    /// Writes it all into an empty database.
    pub async fn write(self: &Arc<Self>, url: &str) -> Result<()> {
        let db = Db::open(Options::new(url), |_| {}).await?;
        let world = self.clone();
        db.write(async move |tx| world.organizations(tx).await).await?;
        for part in parts(self.people.len(), ROWS / 3) {
            let world = self.clone();
            db.write(async move |tx| world.people(tx, part).await).await?;
        }
        for part in parts(self.rooms.len(), ROWS / 4) {
            let world = self.clone();
            db.write(async move |tx| world.rooms(tx, part).await).await?;
        }
        let longer = (0..self.rooms.len()).filter(|room| self.rooms[*room].messages > 1);
        for room in longer {
            for part in parts(self.rooms[room].messages as usize, ROWS) {
                let world = self.clone();
                db.write(async move |tx| world.messages(tx, room, part).await).await?;
            }
        }
        db.close().await;
        Ok(())
    }

    async fn organizations(&self, tx: &mut ::store::Tx<'_>) -> ::store::Result<()> {
        for (number, id) in self.organizations.iter().enumerate() {
            let (name, domain) = (format!("Organization {number}"), format!("bench{number}.example"));
            people::insert_organization(tx, *id, &name, &domain, self.now).await?;
        }
        Ok(())
    }

    async fn people(&self, tx: &mut ::store::Tx<'_>, part: Range<usize>) -> ::store::Result<()> {
        let ends = self.now + Duration::from_secs(SESSION_SECS);
        for number in part {
            let person = &self.people[number];
            let (email, name) = (format!("person{number}@bench.example"), format!("Person {number}"));
            people::insert_account(tx, person.id, &email, &name, None, self.now).await?;
            let member = MemberRow {
                account_id: person.id,
                organization_id: self.organizations[person.organization],
                role: Role::Member,
                plan: Plan::Business,
                state: MemberState::Active,
            };
            people::insert_member(tx, &member, self.now).await?;
            let session = SessionListRow {
                id: self.id(),
                user_agent: "waggle-bench".to_owned(),
                source: "127.0.0.1".to_owned(),
                created_at: self.now,
                seen_at: self.now,
            };
            people::insert_session(tx, &session, person.id, &random::hash(&person.secret), ends).await?;
        }
        Ok(())
    }

    async fn rooms(&self, tx: &mut ::store::Tx<'_>, part: Range<usize>) -> ::store::Result<()> {
        for number in part {
            let room = &self.rooms[number];
            let members: Vec<&Person> = room.members.iter().map(|person| &self.people[*person]).collect();
            let direct = members.len() == 2;
            let key = direct.then(|| direct_key(members[0].id, members[1].id));
            let new = NewConversation {
                id: room.id,
                organization_id: self.organizations[members[0].organization],
                kind: if direct { ConversationKind::Direct } else { ConversationKind::Group },
                title: (!direct).then_some("Everybody"),
                description: None,
                direct_key: key.as_deref(),
                client_id: None,
                created_by: members[0].id,
                participant_count: members.len() as i64,
            };
            chat::insert_conversation(tx, &new, self.now).await?;
            for member in &members {
                chat::insert_participant(tx, room.id, member.id, room.messages, self.now).await?;
            }
            store::set_position(tx, room.id, room.messages).await?;
            if room.messages == 1 {
                self.messages(tx, number, 0..1).await?;
            }
        }
        Ok(())
    }

    async fn messages(&self, tx: &mut ::store::Tx<'_>, room: usize, part: Range<usize>) -> ::store::Result<()> {
        let room = &self.rooms[room];
        for number in part {
            let at = self.now - Duration::from_secs(room.messages as u64 - number as u64);
            let author = self.people[room.members[number % room.members.len()]].id;
            let id: model::MessageId = Id::new(at, self.random.bytes());
            let words = room.wordy.then(|| crate::chat::search::said(number));
            let new = NewMessage {
                id,
                conversation_id: room.id,
                position: number as i64 + 1,
                author_id: author,
                client_id: &id.to_string(),
                kind: MessageKind::Regular,
                body: words.as_deref().unwrap_or(crate::load::EARLIER),
                system: None,
                quote_id: None,
                forwarded_from: None,
            };
            chat::insert_message(tx, &new, at).await?;
        }
        Ok(())
    }
}

fn parts(count: usize, size: usize) -> impl Iterator<Item = Range<usize>> {
    (0..count).step_by(size).map(move |from| from..count.min(from + size))
}
