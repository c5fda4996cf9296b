//! Link previews: what stands behind the first link of a message, fetched by the server after the message was kept
//! (MSG-11).
//!
//! A message with a link leaves a job; the job looks at the page through [`crate::outgoing`], keeps for a day what it
//! found, and tells the conversation. Nobody's browser ever asks a foreign site: the picture is decoded, made small and
//! encoded anew here. A page that cannot be had, is slow, large or inside somebody's network leaves the message as it is.

pub mod fetch_preview;
pub mod read_page;
pub mod remove_preview;
pub mod store;

#[cfg(test)]
mod tests;

use std::time::Duration;

use ::store::{Tx, jobs};
use model::chat::PreviewView;
use model::chat::link::first_link;
use model::{ConversationId, MessageId, Time};
use url::Url;

use crate::answer::Fault;
use crate::app::Cx;
use crate::files::store as files;
use crate::http::routes::{Routes, delete, get};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new()
        .route("/messages/{message}/preview", delete(remove_preview::remove_preview))
        .route("/messages/{message}/preview/image", get(remove_preview::get_preview_image))
}

/// How long a page is believed to be as it was.
const KEPT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Asks for the preview of a text that was just kept, when it has a link.
///
/// # Errors
/// What the database says.
pub async fn want(tx: &mut Tx<'_>, id: MessageId, body: &str, now: Time) -> Result<(), ::store::Error> {
    if first_link(body).is_some() {
        // The link is not repeated: jobs that are done stay for a week, and a message may be erased before.
        let key = format!("{}:{id}:{}", fetch_preview::JOB, now.millis());
        jobs::enqueue(tx, fetch_preview::JOB, &key, &id.to_string(), now).await?;
    }
    Ok(())
}

/// A text was replaced by another one: the preview follows its link.
///
/// # Errors
/// What the database says.
pub async fn follow_edit(
    tx: &mut Tx<'_>,
    id: MessageId,
    old: &str,
    new: &str,
    now: Time,
) -> Result<(), ::store::Error> {
    if first_link(old) == first_link(new) {
        return Ok(());
    }
    forget(tx, id, now).await?;
    want(tx, id, new, now).await
}

/// Takes the preview of a message away, and with it what is known of its page.
///
/// # Errors
/// What the database says.
pub async fn forget(tx: &mut Tx<'_>, id: MessageId, now: Time) -> Result<(), ::store::Error> {
    if let Some(row) = store::delete_preview(tx, id).await? {
        for image in store::delete_page(tx, row.conversation_id, &row.url).await?.into_iter().chain(row.image_id) {
            files::insert_removal(tx, image, now).await?;
        }
    }
    Ok(())
}

/// Forgets pages that were looked at a day ago; called every hour.
///
/// # Errors
/// What the database says.
pub async fn forget_old(cx: &Cx) -> Result<(), Fault> {
    let now = cx.now();
    let done = cx.db.write(async move |tx| {
        for image in store::delete_old_pages(tx, now - KEPT_FOR).await?.into_iter().flatten() {
            files::insert_removal(tx, image, now).await?;
        }
        Ok::<_, ::store::Error>(())
    });
    done.await.map_err(Fault::from)
}

/// The previews of a range of messages, each with its message's place.
///
/// # Errors
/// What the database says.
pub async fn of_messages(
    tx: &mut Tx<'_>,
    conversation: ConversationId,
    from: i64,
    to: i64,
) -> Result<Vec<(MessageId, PreviewView)>, ::store::Error> {
    let rows = store::of_messages(tx, conversation, from, to).await?;
    Ok(rows.into_iter().map(|row| (row.message_id, view(row))).collect())
}

fn view(row: store::PreviewRow) -> PreviewView {
    let host = Url::parse(&row.url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default();
    PreviewView {
        host: host.strip_prefix("www.").unwrap_or(&host).to_owned(),
        url: row.url,
        site: row.site,
        title: row.title,
        description: row.description,
        image: row.image_id.map(|_| format!("/api/messages/{}/preview/image", row.message_id)),
        width: row.width,
        height: row.height,
    }
}
