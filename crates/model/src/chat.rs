//! Conversations and messages: what they are, and what may be said.

pub mod conversation;
pub mod export;
pub mod link;
pub mod message;
pub mod reaction;

pub use conversation::{ConversationFilter, ConversationKind, ConversationView, ParticipantView, SeatView};
pub use export::{ExportFormat, ExportState, ExportView};
pub use link::PreviewView;
pub use message::{Draft, FileView, MessageKind, MessageView, QuoteView, ReactionView, SystemNote};
