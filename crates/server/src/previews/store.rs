//! Every SQL statement on link previews.

use model::{ConversationId, FileId, MessageId, OrganizationId, Time};
use store::{Result, Tx, row, sql};

row! {
    /// What was found behind a link; without a title nothing was.
    pub struct PageRow {
        pub title: Option<String>, pub site: Option<String>, pub description: Option<String>,
        pub image_id: Option<FileId>, pub width: Option<i64>, pub height: Option<i64>,
    }
}

row! {
    /// What is shown under a message.
    pub struct PreviewRow {
        pub message_id: MessageId, pub url: String, pub title: String, pub site: Option<String>,
        pub description: Option<String>, pub image_id: Option<FileId>, pub width: Option<i64>, pub height: Option<i64>,
    }
}

row! {
    /// A preview that is taken away.
    pub struct GoneRow { pub conversation_id: ConversationId, pub url: String, pub image_id: Option<FileId> }
}

row! {
    /// A message whose link is to be looked at.
    pub struct WantedRow {
        pub conversation_id: ConversationId, pub organization_id: OrganizationId, pub position: i64, pub body: String,
        pub gone: bool, pub known_url: Option<String>,
    }
}

/// A message whose link is to be looked at, and what is shown, or was removed, under it already.
pub async fn wanted(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<WantedRow>> {
    tx.opt(
        sql!(
            "select m.conversation_id, c.organization_id, m.position, m.body, m.deleted_at is not null as gone,
                p.url as known_url
            from messages m join conversations c on c.id = m.conversation_id
                left join message_previews p on p.message_id = m.id
            where m.id = $1 and m.kind = 'regular'"
        ),
        (&id,),
    )
    .await
}

/// What an organization found behind a link not before then.
pub async fn page(tx: &mut Tx<'_>, organization: OrganizationId, url: &str, since: Time) -> Result<Option<PageRow>> {
    tx.opt(
        sql!(
            "select title, site, description, image_id, width, height from link_pages
            where organization_id = $1 and url = $2 and fetched_at >= $3"
        ),
        (&organization, url, &since),
    )
    .await
}

/// The picture of a page as it was found before, which gives way to a new one.
pub async fn old_image(tx: &mut Tx<'_>, organization: OrganizationId, url: &str) -> Result<Option<FileId>> {
    let row: Option<(Option<FileId>,)> = tx
        .opt(sql!("select image_id from link_pages where organization_id = $1 and url = $2"), (&organization, url))
        .await?;
    Ok(row.and_then(|(id,)| id))
}

/// Keeps what was found behind a link, in place of what was found before.
pub async fn keep_page(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    url: &str,
    page: &PageRow,
    now: Time,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into link_pages (organization_id, url, title, site, description, image_id, width, height, fetched_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (organization_id, url) do update set title = excluded.title, site = excluded.site,
                description = excluded.description, image_id = excluded.image_id, width = excluded.width,
                height = excluded.height, fetched_at = excluded.fetched_at"
        ),
        (
            &organization,
            url,
            &page.title,
            &page.site,
            &page.description,
            &page.image_id,
            &page.width,
            &page.height,
            &now,
        ),
    )
    .await
}

/// Shows a page under a message; 0 rows when something is shown there, or was removed.
pub async fn insert_preview(
    tx: &mut Tx<'_>,
    id: MessageId,
    place: (ConversationId, i64),
    url: &str,
    title: &str,
    page: &PageRow,
) -> Result<u64> {
    tx.run(
        sql!(
            "insert into message_previews (message_id, conversation_id, position, url, title, site, description,
                image_id, width, height, removed)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, false) on conflict (message_id) do nothing"
        ),
        (&id, &place.0, &place.1, url, title, &page.site, &page.description, &page.image_id, &page.width, &page.height),
    )
    .await
}

/// What is shown under a message.
pub async fn preview(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<PreviewRow>> {
    tx.opt(
        sql!(
            "select message_id, url, title, site, description, image_id, width, height from message_previews
            where message_id = $1 and not removed"
        ),
        (&id,),
    )
    .await
}

/// What is shown under a range of messages.
pub async fn of_messages(tx: &mut Tx<'_>, conversation: ConversationId, from: i64, to: i64) -> Result<Vec<PreviewRow>> {
    tx.all(
        sql!(
            "select message_id, url, title, site, description, image_id, width, height from message_previews
            where conversation_id = $1 and position >= $2 and position <= $3 and not removed order by position"
        ),
        (&conversation, &from, &to),
    )
    .await
}

/// The author wants no preview: what it said is forgotten, its link is not, so that it does not come back.
pub async fn remove_preview(tx: &mut Tx<'_>, id: MessageId) -> Result<u64> {
    tx.run(
        sql!(
            "update message_previews set removed = true, title = '', site = null, description = null, image_id = null,
                width = null, height = null
            where message_id = $1 and not removed"
        ),
        (&id,),
    )
    .await
}

/// Forgets what is shown under a message, or was removed there.
pub async fn delete_preview(tx: &mut Tx<'_>, id: MessageId) -> Result<Option<GoneRow>> {
    tx.opt(sql!("delete from message_previews where message_id = $1 returning conversation_id, url, image_id"), (&id,))
        .await
}

/// Forgets what was found behind a link, in the organization of a conversation, and names its picture.
pub async fn delete_page(tx: &mut Tx<'_>, conversation: ConversationId, url: &str) -> Result<Option<FileId>> {
    let row: Option<(Option<FileId>,)> = tx
        .opt(
            sql!(
                "delete from link_pages where url = $2
                    and organization_id = (select organization_id from conversations where id = $1)
                returning image_id"
            ),
            (&conversation, url),
        )
        .await?;
    Ok(row.and_then(|(id,)| id))
}

/// Forgets what was found behind links before then, and names the pictures.
pub async fn delete_old_pages(tx: &mut Tx<'_>, before: Time) -> Result<Vec<Option<FileId>>> {
    let rows: Vec<(Option<FileId>,)> =
        tx.all(sql!("delete from link_pages where fetched_at < $1 returning image_id"), (&before,)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Whether a page or a preview has this picture.
pub async fn has_image(tx: &mut Tx<'_>, id: FileId) -> Result<bool> {
    let (has,): (bool,) = tx
        .one(
            sql!(
                "select exists (select 1 from message_previews where image_id = $1)
                    or exists (select 1 from link_pages where image_id = $1)"
            ),
            (&id,),
        )
        .await?;
    Ok(has)
}
