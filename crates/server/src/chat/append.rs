//! The one way a message comes into a conversation: it takes the next place, is kept, and is told.

use model::chat::{ConversationKind, MessageKind, MessageView, SystemNote, message};
use model::event::{Audience, Event, Stream};
use model::{AccountId, Code, FileId, MessageId, Time};
use store::Tx;

use super::store::{self as rows, NewMessage};
use super::view;
use crate::access::Seat;
use crate::answer::{Fault, Problem};
use crate::files::attach_file;
use crate::previews;

/// What is said.
pub enum Said<'a> {
    /// A person says it.
    Regular {
        /// The text, composed.
        body: &'a str,
        /// The message it answers.
        quote_id: Option<MessageId>,
        /// Who said it first.
        forwarded_from: Option<AccountId>,
        /// What goes with it.
        files: Files<'a>,
    },
    /// The conversation tells what happened to it.
    System(&'a SystemNote),
}

/// The files of a message.
pub enum Files<'a> {
    /// The author's own, uploaded for it.
    Own(&'a [FileId]),
    /// Those of another message, once more; each with the id of its copy.
    Copied(&'a [(FileId, FileId)]),
}

/// Keeps what the person in this seat says, and tells the conversation.
///
/// # Errors
/// A repeated `client_id` is the store's conflict of `messages_client`; what [`attach_file::attach`] says of files.
pub async fn append(
    tx: &mut Tx<'_>,
    seat: &Seat,
    id: MessageId,
    client_id: &str,
    said: Said<'_>,
    now: Time,
) -> Result<MessageView, Problem> {
    let conversation = seat.conversation_id;
    let position = rows::next_position(tx, conversation, now).await?;
    let mut new = NewMessage {
        id,
        conversation_id: conversation,
        position,
        author_id: seat.account_id,
        client_id,
        kind: MessageKind::Regular,
        body: "",
        system: None,
        quote_id: None,
        forwarded_from: None,
    };
    let mut with = Files::Own(&[]);
    match said {
        Said::Regular { body, quote_id, forwarded_from, files } => {
            (new.body, new.quote_id, new.forwarded_from, with) = (body, quote_id, forwarded_from, files);
        }
        Said::System(note) => {
            new.kind = MessageKind::System;
            new.system = Some(serde_json::to_string(note).map_err(|error| Fault::Other(error.to_string()))?);
        }
    }
    rows::insert_message(tx, &new, now).await?;
    // After the message: a repeated send must be found to be one before its files are found to be sent already.
    match with {
        Files::Own(ids) => attach_file::attach(tx, seat, id, position, ids).await?,
        Files::Copied(pairs) => attach_file::copy(tx, seat, id, position, pairs, now).await?,
    }
    for person in message::mentions(new.body) {
        rows::insert_mention(tx, person, conversation, position).await?;
    }
    previews::want(tx, id, new.body, now).await?;
    rows::posted(tx, conversation, seat.account_id, position).await?;
    let message = view::messages(tx, conversation, position, position).await?.pop();
    let message = message.ok_or_else(|| Fault::Other("A message that was just kept is not there.".to_owned()))?;
    if seat.kind == ConversationKind::Direct && position == 1 {
        appear_to_the_other(tx, seat).await?;
    }
    let stream = Stream::Organization(seat.organization_id);
    let event = Event::MessagePosted { message: Box::new(message.clone()) };
    tx.emit(stream, Audience::Conversation(conversation), event);
    Ok(message)
}

/// A direct conversation comes into the other person's list with its first message.
async fn appear_to_the_other(tx: &mut Tx<'_>, seat: &Seat) -> Result<(), Problem> {
    for other in rows::first_people(tx, seat.conversation_id, seat.account_id).await? {
        joined(tx, seat, other.id).await?;
    }
    Ok(())
}

/// Tells a person that they take part now.
///
/// # Errors
/// [`Code::NotFound`] when the person does not.
pub async fn joined(tx: &mut Tx<'_>, seat: &Seat, account: AccountId) -> Result<(), Problem> {
    let conversation = view::conversation(tx, seat.conversation_id, account).await?;
    if conversation.organization_id != seat.organization_id {
        return Err(Code::NotFound.into());
    }
    let event = Event::ConversationJoined { conversation: Box::new(conversation) };
    tx.emit(Stream::Organization(seat.organization_id), Audience::Account(account), event);
    Ok(())
}
