//! The demo: Acme Robotics, a made-up organization with people, weeks of conversations, reactions and statuses.
//!
//! What is in it stands in [`script`]; this file turns it into rows. Ids and times are derived from the day it is made,
//! so that two demos made at the same moment are the same. Nothing is an event: whoever connects gets a snapshot.

pub mod contacts;
pub mod files;
mod script;

use std::collections::HashMap;
use std::time::Duration;

use ::store::Tx;
use model::access::{Plan, Role};
use model::account::MemberState;
use model::chat::conversation::direct_key;
use model::chat::{ConversationKind, MessageKind, SystemNote, message};
use model::presence::Status;
use model::{AccountId, Id, Time};

use crate::accounts::store::{self as people, MemberRow};
use crate::answer::Fault;
use crate::app::Cx;
use crate::chat::store::{self as chat, NewConversation, NewMessage};
use crate::random::Random;
use files::Shared;
use script::{CONVERSATIONS, Line, PEOPLE, Script};

/// What the first start of the demo says.
pub const FIRST_MINUTE: &str = "\
This is a demo with made-up people; every mail stays here and is shown on the sign-in page.
  1. Open the address above and sign in as nora.lindqvist@acmerobotics.example: the page shows the code.
  2. Open a second, private window and sign in as tomas.herrera@acmerobotics.example.
  3. Write to each other.";

/// Makes the demo's people and conversations, unless they are there, and names the files that [`files::fill`] is to give them.
///
/// # Errors
/// What the database says.
pub async fn fill(cx: &Cx) -> Result<Option<Vec<Shared>>, Fault> {
    let now = cx.now();
    let made = cx.db.write(async move |tx| {
        if people::organization_count(tx).await? > 0 {
            return Ok::<_, Fault>(None);
        }
        let (random, accounts) = (Random::seeded(20_261_122), HashMap::new());
        let mut maker = Maker { random, now, accounts, shared: Vec::new() };
        maker.organization(tx).await?;
        Ok(Some(maker.shared))
    });
    made.await
}

struct Maker {
    random: Random,
    now: Time,
    accounts: HashMap<&'static str, AccountId>,
    shared: Vec<Shared>,
}

impl Maker {
    fn id<K>(&self, at: Time) -> Id<K> {
        Id::new(at, self.random.bytes())
    }

    async fn organization(&mut self, tx: &mut Tx<'_>) -> Result<(), Fault> {
        let founded = self.now - days(60);
        let organization = self.id(founded);
        people::insert_organization(tx, organization, "Acme Robotics", "acmerobotics.example", founded).await?;
        for (at, person) in PEOPLE.iter().enumerate() {
            // A moment apart, so that the order of the script is the order of joining.
            let joined = founded + Duration::from_secs(at as u64);
            let account = self.id(joined);
            people::insert_account(tx, account, &person.email(), person.name, None, joined).await?;
            let member = MemberRow {
                account_id: account,
                organization_id: organization,
                role: person.role,
                plan: if person.role == Role::Member { Plan::Business } else { Plan::Premium },
                state: MemberState::Active,
            };
            people::insert_member(tx, &member, joined).await?;
            let extension = Some(person.extension);
            people::set_member_details(tx, account, Some(person.title), Some(person.department), extension).await?;
            let status = Status {
                show: person.show,
                message: person.status.map(str::to_owned),
                clears_at: person.status.map(|_| self.now + days(1)),
            };
            people::update_status(tx, account, &status).await?;
            self.accounts.insert(person.key, account);
        }
        for script in CONVERSATIONS {
            self.conversation(tx, organization, script).await?;
        }
        Ok(())
    }

    async fn conversation(
        &mut self,
        tx: &mut Tx<'_>,
        organization: model::OrganizationId,
        script: &Script,
    ) -> Result<(), Fault> {
        let begun = self.now - Duration::from_secs(60 * script.minutes_ago(0));
        let members: Vec<AccountId> = script.people.iter().filter_map(|key| self.accounts.get(key).copied()).collect();
        let Some((&maker, others)) = members.split_first() else { return Ok(()) };
        let key = others.first().filter(|_| script.title.is_none()).map(|other| direct_key(maker, *other));
        let new = NewConversation {
            id: self.id(begun),
            organization_id: organization,
            kind: if script.title.is_some() { ConversationKind::Group } else { ConversationKind::Direct },
            title: script.title,
            description: script.description,
            direct_key: key.as_deref(),
            client_id: None,
            created_by: maker,
            participant_count: members.len() as i64,
        };
        chat::insert_conversation(tx, &new, begun).await?;
        for member in &members {
            chat::insert_participant(tx, new.id, *member, 0, begun).await?;
        }
        if new.kind == ConversationKind::Group {
            self.say(tx, &new, maker, begun, Err(SystemNote::Created), None).await?;
        }
        let mut said = Vec::new();
        for (at, line) in script.lines.iter().enumerate() {
            let when = self.now - Duration::from_secs(60 * script.minutes_ago(at));
            said.push(self.line(tx, &new, line, when, &said).await?);
        }
        for (at, member) in members.iter().enumerate() {
            let last = said.len() as i64 + i64::from(new.kind == ConversationKind::Group);
            let unread = if at == 0 { script.unread_by_first } else { 0 };
            chat::read_up_to(tx, new.id, *member, last - unread).await?;
        }
        Ok(())
    }

    async fn line(
        &mut self,
        tx: &mut Tx<'_>,
        conversation: &NewConversation<'_>,
        line: &Line,
        when: Time,
        said: &[model::MessageId],
    ) -> Result<model::MessageId, Fault> {
        let Some(author) = self.accounts.get(line.who).copied() else {
            return Err(Fault::Other(format!("The demo's script names nobody called {}.", line.who)));
        };
        let quote = line.answers.and_then(|back| said.len().checked_sub(back)).and_then(|at| said.get(at).copied());
        let body = self.with_mentions(line.text);
        let (id, position) = self.say(tx, conversation, author, when, Ok(&body), quote).await?;
        for (place, name) in (0..).zip(line.files) {
            let (organization, conversation) = (conversation.organization_id, conversation.id);
            self.shared.push(Shared {
                name,
                organization,
                author,
                conversation,
                message: id,
                position,
                place,
                at: when,
            });
        }
        for (emoji, keys) in line.reactions {
            for key in *keys {
                if let Some(account) = self.accounts.get(key) {
                    chat::insert_reaction(tx, id, emoji, *account, when + Duration::from_secs(60)).await?;
                }
            }
        }
        Ok(id)
    }

    async fn say(
        &self,
        tx: &mut Tx<'_>,
        conversation: &NewConversation<'_>,
        author: AccountId,
        when: Time,
        said: Result<&str, SystemNote>,
        quote_id: Option<model::MessageId>,
    ) -> Result<(model::MessageId, i64), Fault> {
        let id: model::MessageId = self.id(when);
        let position = chat::next_position(tx, conversation.id, when).await?;
        let system = said.as_ref().err().and_then(|note| serde_json::to_string(note).ok());
        let new = NewMessage {
            id,
            conversation_id: conversation.id,
            position,
            author_id: author,
            client_id: &id.to_string(),
            kind: if system.is_some() { MessageKind::System } else { MessageKind::Regular },
            body: said.unwrap_or_default(),
            system,
            quote_id,
            forwarded_from: None,
        };
        chat::insert_message(tx, &new, when).await?;
        for person in message::mentions(new.body) {
            chat::insert_mention(tx, person, conversation.id, position).await?;
        }
        Ok((id, position))
    }

    /// `@nora` in the script is a mention of that person.
    fn with_mentions(&self, text: &str) -> String {
        let replace =
            |text: String, (key, id): (&&str, &AccountId)| text.replace(&format!("@{key}"), &format!("<@{id}>"));
        self.accounts.iter().fold(text.to_owned(), replace)
    }
}

fn days(count: u64) -> Duration {
    Duration::from_secs(count * 24 * 60 * 60)
}
