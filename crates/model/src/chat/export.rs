//! An export: a conversation as a file to take away (CONV-23).

use serde::{Deserialize, Serialize};

use crate::{ConversationId, ExportId, Time, words};

words! {
    /// What is made of a conversation.
    pub enum ExportFormat {
        /// One JSON document, for programs.
        Json = "json",
        /// Pages that open anywhere, with the files beside them.
        Html = "html",
    }
}

words! {
    /// Where an export stands.
    pub enum ExportState {
        /// It is being made.
        Running = "running",
        /// It can be downloaded.
        Done = "done",
        /// It could not be made, or its person does not take part any more.
        Failed = "failed",
    }
}

/// An export, as the person who asked for it sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct ExportView {
    /// The export.
    pub id: ExportId,
    /// Of which conversation.
    pub conversation_id: ConversationId,
    /// What is made.
    pub format: ExportFormat,
    /// The name of the file.
    pub name: String,
    /// Where it stands.
    pub state: ExportState,
    /// Messages and files that are in it.
    pub done: i64,
    /// All of them, as far as known.
    pub total: i64,
    /// The size of the file, when it is done.
    pub size_bytes: i64,
    /// Where to download it on this server, when it is done.
    pub url: Option<String>,
    /// When it was asked for.
    pub created_at: Time,
    /// Until when it can be downloaded.
    pub expires_at: Time,
}
