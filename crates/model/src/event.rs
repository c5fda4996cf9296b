//! Events: what happened, in the past tense. A screen changes in no other way.
//!
//! An event is written in the transaction that changed the data, belongs to one [`Stream`] in which it has a
//! position, and reaches the sessions of its [`Audience`].

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::account::{Me, PersonBrief, PersonView};
use crate::chat::{ConversationView, MessageView, PreviewView, SeatView};
use crate::directory::{ContactView, PhonebookKind};
use crate::{AccountId, ContactId, ConversationId, MessageId, OrganizationId, PhonebookId, Time};

/// Whose positions an event has: an organization's, or an account's for what is personal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// Work.
    Organization(OrganizationId),
    /// Profile, sessions, drafts.
    Account(AccountId),
}

impl Stream {
    /// The id that its rows carry; unique among all streams.
    pub fn uuid(self) -> Uuid {
        match self {
            Stream::Organization(id) => id.uuid(),
            Stream::Account(id) => id.uuid(),
        }
    }

    /// `organization` or `account`.
    pub fn kind(self) -> &'static str {
        match self {
            Stream::Organization(_) => "organization",
            Stream::Account(_) => "account",
        }
    }
}

/// Who is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Audience {
    /// Every member.
    Organization(OrganizationId),
    /// Everybody in the conversation.
    Conversation(ConversationId),
    /// One person, on all their clients.
    Account(AccountId),
}

impl Audience {
    /// The id that its rows carry; unique among all audiences.
    pub fn uuid(self) -> Uuid {
        match self {
            Audience::Organization(id) => id.uuid(),
            Audience::Conversation(id) => id.uuid(),
            Audience::Account(id) => id.uuid(),
        }
    }
}

/// Everything that can happen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub enum Event {
    /// The person takes part in a conversation now; the first event of it that the person sees.
    #[serde(rename = "conversation.joined")]
    ConversationJoined {
        /// All of it that a list needs.
        conversation: Box<ConversationView>,
    },
    /// The person does not take part any more; the client forgets the conversation.
    #[serde(rename = "conversation.left")]
    ConversationLeft {
        /// Which one.
        conversation_id: ConversationId,
    },
    /// Title, description or picture are different now.
    #[serde(rename = "conversation.changed")]
    ConversationChanged {
        /// Which one.
        conversation_id: ConversationId,
        /// The title; none for a direct conversation.
        title: Option<String>,
        /// The description.
        description: Option<String>,
        /// Address of the picture on this server.
        picture: Option<String>,
    },
    /// The person's own place in a conversation changed: read, hidden, muted, pinned or a draft.
    #[serde(rename = "conversation.seat_changed")]
    SeatChanged {
        /// Which one.
        conversation_id: ConversationId,
        /// The whole new place.
        seat: SeatView,
    },
    /// People came into a conversation.
    #[serde(rename = "participant.joined")]
    ParticipantJoined {
        /// Which one.
        conversation_id: ConversationId,
        /// Who came.
        people: Vec<PersonBrief>,
        /// How many are there now.
        participant_count: i64,
    },
    /// Somebody left a conversation.
    #[serde(rename = "participant.left")]
    ParticipantLeft {
        /// Which one.
        conversation_id: ConversationId,
        /// Who left.
        person_id: AccountId,
        /// How many are there now.
        participant_count: i64,
    },
    /// A message was kept.
    #[serde(rename = "message.posted")]
    MessagePosted {
        /// The message.
        message: Box<MessageView>,
    },
    /// A message's text is different now.
    #[serde(rename = "message.edited")]
    MessageEdited {
        /// The message.
        message: Box<MessageView>,
    },
    /// A message was taken back; what it said is gone.
    #[serde(rename = "message.deleted")]
    MessageDeleted {
        /// Its conversation.
        conversation_id: ConversationId,
        /// Which one.
        message_id: MessageId,
        /// When.
        deleted_at: Time,
    },
    /// A deleted message is back.
    #[serde(rename = "message.restored")]
    MessageRestored {
        /// The message.
        message: Box<MessageView>,
    },
    /// Somebody reacted.
    #[serde(rename = "reaction.added")]
    ReactionAdded {
        /// Its conversation.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// Who.
        person_id: AccountId,
        /// With what.
        emoji: String,
    },
    /// Somebody took a reaction back.
    #[serde(rename = "reaction.removed")]
    ReactionRemoved {
        /// Its conversation.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// Who.
        person_id: AccountId,
        /// What.
        emoji: String,
    },
    /// What stands behind the first link of a message was found, or its author does not want it shown.
    #[serde(rename = "message.previewed")]
    MessagePreviewed {
        /// Its conversation.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// What is shown; none when it was removed.
        preview: Option<PreviewView>,
    },
    /// A message was pinned for everybody.
    #[serde(rename = "message.pinned")]
    MessagePinned {
        /// Its conversation.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
        /// Who pinned it.
        person_id: AccountId,
    },
    /// A message is not pinned any more.
    #[serde(rename = "message.unpinned")]
    MessageUnpinned {
        /// Its conversation.
        conversation_id: ConversationId,
        /// The message.
        message_id: MessageId,
    },
    /// A colleague is new, or a colleague's name, picture or words are different now.
    #[serde(rename = "person.changed")]
    PersonChanged {
        /// The colleague; `presence` is as chosen, not as connected.
        person: PersonView,
    },
    /// Somebody does not work here any more, or may not for now; the client takes them from its list of colleagues.
    #[serde(rename = "person.left")]
    PersonLeft {
        /// Who.
        person_id: AccountId,
    },
    /// The person's own profile, settings, role or plan are different now.
    #[serde(rename = "account.changed")]
    AccountChanged {
        /// Everything a client must know of its person.
        me: Box<Me>,
    },
    /// A phonebook is there, or its name or the number of its contacts is different now. An import tells this once for
    /// many contacts: a client that shows the phonebook asks for its page again.
    #[serde(rename = "phonebook.changed")]
    PhonebookChanged {
        /// Which one.
        phonebook_id: PhonebookId,
        /// Its name.
        name: String,
        /// Whose it is. Who may change a shared one follows from `me.permissions`.
        kind: PhonebookKind,
        /// How many contacts it has.
        contact_count: i64,
    },
    /// A phonebook is gone with all its contacts.
    #[serde(rename = "phonebook.removed")]
    PhonebookRemoved {
        /// Which one.
        phonebook_id: PhonebookId,
    },
    /// A contact is there, or is different now.
    #[serde(rename = "contact.changed")]
    ContactChanged {
        /// The contact.
        contact: Box<ContactView>,
    },
    /// A contact is gone; whoever removed it can bring it back for a while.
    #[serde(rename = "contact.removed")]
    ContactRemoved {
        /// Its phonebook.
        phonebook_id: PhonebookId,
        /// Which one.
        contact_id: ContactId,
    },
}

impl Event {
    /// The message or other thing the event repeats content of, so that erasing it finds the event.
    pub fn subject(&self) -> Option<Uuid> {
        match self {
            Event::MessagePosted { message }
            | Event::MessageEdited { message }
            | Event::MessageRestored { message } => Some(message.id.uuid()),
            Event::ConversationJoined { conversation } => {
                conversation.last_message.as_ref().map(|message| message.id.uuid())
            }
            Event::MessagePreviewed { message_id, .. } => Some(message_id.uuid()),
            Event::ContactChanged { contact } => Some(contact.id.uuid()),
            _ => None,
        }
    }

    /// Takes out what a message said that was taken back then, here or where it is quoted, and says whether anything
    /// of it was there.
    pub fn erase_message(&mut self, id: MessageId, deleted_at: Time) -> bool {
        if let Event::MessagePreviewed { message_id, preview, .. } = self {
            return *message_id == id && preview.take().is_some();
        }
        let message = match self {
            Event::MessagePosted { message }
            | Event::MessageEdited { message }
            | Event::MessageRestored { message } => Some(message.as_mut()),
            Event::ConversationJoined { conversation } => conversation.last_message.as_mut(),
            _ => None,
        };
        message.is_some_and(|message| message.erase(id, deleted_at))
    }

    /// The conversation it is about.
    pub fn conversation(&self) -> Option<ConversationId> {
        use Event::*;
        match self {
            ConversationJoined { conversation } => Some(conversation.id),
            MessagePosted { message } | MessageEdited { message } | MessageRestored { message } => {
                Some(message.conversation_id)
            }
            ConversationLeft { conversation_id }
            | ConversationChanged { conversation_id, .. }
            | SeatChanged { conversation_id, .. }
            | ParticipantJoined { conversation_id, .. }
            | ParticipantLeft { conversation_id, .. }
            | MessageDeleted { conversation_id, .. }
            | ReactionAdded { conversation_id, .. }
            | ReactionRemoved { conversation_id, .. }
            | MessagePreviewed { conversation_id, .. }
            | MessagePinned { conversation_id, .. }
            | MessageUnpinned { conversation_id, .. } => Some(*conversation_id),
            PersonChanged { .. }
            | PersonLeft { .. }
            | AccountChanged { .. }
            | PhonebookChanged { .. }
            | PhonebookRemoved { .. }
            | ContactChanged { .. }
            | ContactRemoved { .. } => None,
        }
    }
}
