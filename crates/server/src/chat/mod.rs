//! Conversations and messages: what people say to each other, for good.
//!
//! A conversation numbers its messages from 1 without gaps; posting takes the next number, writes the message and
//! tells the conversation, in one transaction. What is one person's own (read position, hidden, muted, pinned, draft)
//! is their *seat*. Nothing is written per member when somebody posts: unread counts come from read positions.

pub mod append;
pub mod change_conversation;
pub mod change_seat;
pub mod create_conversation;
pub mod delete_message;
pub mod edit_message;
pub mod erase_message;
pub mod forward_message;
pub mod get_conversation;
pub mod list_conversations;
pub mod list_messages;
pub mod mark_read;
pub mod open_direct;
pub mod participants;
pub mod pin_message;
pub mod post_message;
pub mod react;
pub mod store;
pub mod view;

#[cfg(test)]
mod tests;

use crate::http::routes::{Routes, get, patch, post, put};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new()
        .route(
            "/conversations",
            get(list_conversations::list_conversations).post(create_conversation::create_conversation),
        )
        .route("/conversations/direct", post(open_direct::open_direct))
        .route(
            "/conversations/{conversation}",
            get(get_conversation::get_conversation).patch(change_conversation::change_conversation),
        )
        .route(
            "/conversations/{conversation}/messages",
            get(list_messages::list_messages).post(post_message::post_message),
        )
        .route(
            "/conversations/{conversation}/participants",
            get(participants::list_participants).post(participants::add_participants),
        )
        .route("/conversations/{conversation}/leave", post(participants::leave_conversation))
        .route("/conversations/{conversation}/return", post(participants::return_to_conversation))
        .route("/conversations/{conversation}/read", put(mark_read::mark_read))
        .route("/conversations/{conversation}/seat", patch(change_seat::change_seat))
        .route("/conversations/{conversation}/draft", put(change_seat::save_draft))
        .route("/conversations/{conversation}/pins", get(pin_message::list_pins))
        .route("/messages/{message}", patch(edit_message::edit_message).delete(delete_message::delete_message))
        .route("/messages/{message}/restore", post(delete_message::restore_message))
        .route("/messages/{message}/edits", get(edit_message::list_edits))
        .route("/messages/{message}/forward", post(forward_message::forward_message))
        .route("/messages/{message}/pin", put(pin_message::pin_message).delete(pin_message::unpin_message))
        .route("/messages/{message}/reactions/{emoji}", put(react::add_reaction).delete(react::remove_reaction))
}
