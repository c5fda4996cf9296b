//! What happens by itself: files that nobody sent within a day are forgotten, and content that nothing names any more
//! is removed.

use std::time::Duration;

use super::store;
use crate::answer::Fault;
use crate::app::Cx;
use crate::previews;

/// How long a file waits for its message.
const UNSENT_FOR: Duration = Duration::from_secs(24 * 60 * 60);

/// Forgets files that were not sent in time and removes content that is due, up to 100 of each.
///
/// # Errors
/// What the database or the store for files says; the rest is done the next time.
pub async fn remove_old(cx: &Cx) -> Result<(), Fault> {
    let now = cx.now();
    let (unsent, due) = cx
        .db
        .read(async move |tx| {
            let unsent = store::unsent_before(tx, now - UNSENT_FOR).await?;
            Ok::<_, Fault>((unsent, store::removals_due(tx, now).await?))
        })
        .await?;
    if !unsent.is_empty() {
        cx.db
            .write(async move |tx| {
                for id in unsent {
                    // One that was sent in the meantime stays. Only what was sent is copied, so nothing else names
                    // the content of one that was not.
                    if store::delete_unsent(tx, id).await? > 0 {
                        store::insert_removal(tx, id, now).await?;
                    }
                }
                Ok::<_, Fault>(())
            })
            .await?;
    }
    for id in due {
        let turn = cx.blobs.turn(id).await;
        // A forwarded copy may have the content of a message that was erased, and two messages the picture of one page.
        let used = cx.db.read(async move |tx| {
            Ok::<_, Fault>(store::is_used(tx, id).await? || previews::store::has_image(tx, id).await?)
        });
        let used = used.await?;
        if !used {
            cx.blobs.remove(&turn, id).await?;
        }
        cx.db
            .write(async move |tx| {
                store::delete_picture(tx, id).await?;
                store::delete_removal(tx, id).await
            })
            .await?;
    }
    Ok(())
}
