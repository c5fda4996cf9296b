//! What people see of files, put together from rows.

use model::chat::FileView;
use model::{ConversationId, FileId, MessageId};
use serde::Serialize;
use store::Tx;

use super::store::{self as rows, FileRow};
use crate::answer::Problem;

/// A file, and how much of it is there.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct UploadView {
    /// The file.
    pub file: FileView,
    /// Where the upload goes on; the file's size when it is complete.
    pub received_bytes: i64,
}

/// A file, and how much of it is there.
pub fn upload(row: &FileRow) -> UploadView {
    UploadView { file: file(row), received_bytes: row.received_bytes }
}

/// A file.
pub fn file(row: &FileRow) -> FileView {
    FileView {
        id: row.id,
        name: row.name.clone(),
        size_bytes: row.size_bytes,
        media_type: row.media_type.clone(),
        url: url(row.id),
        thumbnail: thumbnail(row.id, row.thumbnail),
        width: row.width,
        height: row.height,
    }
}

/// The address of a file's content on this server.
pub fn url(id: FileId) -> String {
    format!("/api/files/{id}/content")
}

/// The address of a file's small picture on this server, when there is one.
pub fn thumbnail(id: FileId, there: bool) -> Option<String> {
    there.then(|| format!("/api/files/{id}/thumbnail"))
}

/// The files of a range of messages, each with its message.
pub async fn of_messages(
    tx: &mut Tx<'_>,
    conversation: ConversationId,
    from: i64,
    to: i64,
) -> Result<Vec<(MessageId, FileView)>, Problem> {
    let list = rows::of_messages(tx, conversation, from, to).await?;
    Ok(list.iter().filter_map(|row| Some((row.message_id?, file(row)))).collect())
}
