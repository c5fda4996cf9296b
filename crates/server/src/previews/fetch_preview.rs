//! The job that looks at the page behind a message's link.
//!
//! Whatever happens outside, the job ends: what could not be had is remembered for a day as nothing, and not tried
//! again for other messages.

use std::io::Cursor;
use std::time::Duration;

use ::store::Tx;
use ::store::jobs::{self, Job};
use axum::http::header;
use model::chat::link::{TITLE_MAX, first_link, shown};
use model::event::{Audience, Event, Stream};
use model::{FileId, MessageId, file};
use url::Url;

use super::read_page::read_page;
use super::store::{self, PageRow};
use crate::answer::Fault;
use crate::app::Cx;
use crate::files::blobs::Part;
use crate::files::{images, store as files};
use crate::outgoing::{Bounds, Page};

/// The kind of the job; its payload is the message's id.
pub const JOB: &str = "preview";
/// A preview that comes later than this is of no use any more: the queue was long.
const OF_USE: Duration = Duration::from_secs(10 * 60);
/// The part of a page that is read: its head.
const PAGE: Bounds = Bounds { bytes: 512 * 1024, cut: true, time: Duration::from_secs(8) };
/// A picture is read whole or not at all.
const IMAGE: Bounds = Bounds { bytes: 5 * 1024 * 1024, cut: false, time: Duration::from_secs(8) };
/// A picture on its way that no row names by then is removed.
const ON_ITS_WAY: Duration = Duration::from_secs(60 * 60);
/// Smaller pictures are counters and icons.
const PIXELS_MIN: i64 = 32;
const ACCEPT_PAGE: &str = "text/html, application/xhtml+xml;q=0.9, image/*;q=0.8";

/// Looks at a message's link, and tells the conversation what stands there.
///
/// # Errors
/// What the database or the store for files says; the job runs again then.
pub async fn fetch_preview(cx: &Cx, job: &Job) -> Result<(), Fault> {
    let Some((id, url)) = wanted(cx, job).await? else {
        let job = job.clone();
        return cx.db.write(async move |tx| jobs::done(tx, &job).await).await.map(drop).map_err(Fault::from);
    };
    let since = cx.now() - super::KEPT_FOR;
    let asked = url.to_string();
    let known = cx.db.read(async move |tx| {
        let Some(row) = store::wanted(tx, id).await? else { return Ok(None) };
        store::page(tx, row.organization_id, &asked, since).await
    });
    let known = known.await.map_err(|error: ::store::Error| Fault::from(error))?;
    let fresh = known.is_none();
    let page = match known {
        Some(page) => page,
        None => look(cx, &url).await?,
    };
    let (job, now) = (job.clone(), cx.now());
    cx.db
        .write(async move |tx| {
            jobs::done(tx, &job).await?;
            let Some(row) = store::wanted(tx, id).await? else { return Ok(()) };
            if fresh {
                if let Some(old) = store::old_image(tx, row.organization_id, url.as_str()).await? {
                    files::insert_removal(tx, old, now).await?;
                }
                store::keep_page(tx, row.organization_id, url.as_str(), &page, now).await?;
                if let Some(image) = page.image_id {
                    files::delete_removal(tx, image).await?;
                }
            }
            show(tx, id, &row, &url, &page).await
        })
        .await
}

/// The message and its link, when there is one to be looked at.
async fn wanted(cx: &Cx, job: &Job) -> Result<Option<(MessageId, Url)>, Fault> {
    let Ok(id) = job.payload.parse::<MessageId>() else { return Ok(None) };
    if !cx.config.link_previews || cx.now().since(job.run_at) > OF_USE {
        return Ok(None);
    }
    let row = cx.db.read(async move |tx| store::wanted(tx, id).await).await.map_err(Fault::from)?;
    let url = row.filter(|row| !row.gone && row.known_url.is_none()).and_then(|row| link(&row.body));
    // What stands on this server is for those who are signed in.
    Ok(url.filter(|url| url.origin() != cx.config.public_url.origin()).map(|url| (id, url)))
}

/// The first link as an address; without its fragment, which is the reader's business.
fn link(body: &str) -> Option<Url> {
    let mut url = Url::parse(first_link(body)?).ok()?;
    url.set_fragment(None);
    Some(url).filter(|url| url.as_str().len() <= model::chat::link::LINK_MAX)
}

async fn show(tx: &mut Tx<'_>, id: MessageId, row: &store::WantedRow, url: &Url, page: &PageRow) -> Result<(), Fault> {
    let Some(title) = &page.title else { return Ok(()) };
    // The message may have been changed or taken back while its page was looked at.
    if row.gone || link(&row.body).as_ref() != Some(url) {
        return Ok(());
    }
    let place = (row.conversation_id, row.position);
    if store::insert_preview(tx, id, place, url.as_str(), title, page).await? > 0 {
        tell(tx, id, row).await?;
    }
    Ok(())
}

/// Tells the conversation what is shown under a message now.
///
/// # Errors
/// What the database says.
pub async fn tell(tx: &mut Tx<'_>, id: MessageId, row: &store::WantedRow) -> Result<(), Fault> {
    let preview = store::preview(tx, id).await?.map(super::view);
    let event = Event::MessagePreviewed { conversation_id: row.conversation_id, message_id: id, preview };
    tx.emit(Stream::Organization(row.organization_id), Audience::Conversation(row.conversation_id), event);
    Ok(())
}

const NOTHING: PageRow =
    PageRow { title: None, site: None, description: None, image_id: None, width: None, height: None };

/// What stands behind an address; nothing when that cannot be said.
async fn look(cx: &Cx, url: &Url) -> Result<PageRow, Fault> {
    let page = match cx.outgoing.public(url, ACCEPT_PAGE, PAGE).await {
        Ok(page) if page.status.is_success() => page,
        Ok(_) => return Ok(NOTHING),
        Err(why) => {
            tracing::debug!(%why, "A link has no preview.");
            return Ok(NOTHING);
        }
    };
    // Whatever is compressed was not asked to be, and is not unpacked.
    if page.headers.contains_key(header::CONTENT_ENCODING) {
        return Ok(NOTHING);
    }
    let media_type = page.media_type();
    if media_type.starts_with("image/") {
        return picture_alone(cx, page).await;
    }
    if !matches!(&*media_type, "text/html" | "application/xhtml+xml") {
        return Ok(NOTHING);
    }
    let content_type = page.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let said = read_page(&page.body, content_type);
    if said.title.is_none() {
        return Ok(NOTHING);
    }
    let image = match said.image.and_then(|image| page.url.join(&image).ok()) {
        Some(address) => fetch_image(cx, &address).await?,
        None => None,
    };
    let (image_id, width, height) = parts(image);
    Ok(PageRow { title: said.title, site: said.site, description: said.description, image_id, width, height })
}

/// A link that leads to a picture is called by its file's name.
async fn picture_alone(cx: &Cx, page: Page) -> Result<PageRow, Fault> {
    let name = page.url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    let title = shown(&name, TITLE_MAX).or_else(|| page.url.host_str().map(str::to_owned));
    let image = if page.was_cut { fetch_image(cx, &page.url).await? } else { keep_image(cx, page).await? };
    let (image_id, width, height) = parts(image);
    Ok(PageRow { title: title.filter(|_| image_id.is_some()), image_id, width, height, ..NOTHING })
}

type Image = Option<(FileId, i64, i64)>;

fn parts(image: Image) -> (Option<FileId>, Option<i64>, Option<i64>) {
    image.map_or((None, None, None), |(id, width, height)| (Some(id), Some(width), Some(height)))
}

async fn fetch_image(cx: &Cx, url: &Url) -> Result<Image, Fault> {
    match cx.outgoing.public(url, "image/*", IMAGE).await {
        Ok(page) if page.status.is_success() => keep_image(cx, page).await,
        _ => Ok(None),
    }
}

/// Decodes a picture and keeps it small. Until a row names it, it counts as to be removed.
async fn keep_image(cx: &Cx, page: Page) -> Result<Image, Fault> {
    // What it is stands in its first bytes; a drawing in SVG is none of the kinds that are known.
    let head = &page.body[..page.body.len().min(file::HEAD)];
    let Some(media_type) = file::sniff(head).filter(|kind| file::is_picture(kind)) else { return Ok(None) };
    let Some(seen) = images::look(&cx.blobs.decoding, media_type, Cursor::new(page.body)).await else {
        return Ok(None);
    };
    if seen.width < PIXELS_MIN || seen.height < PIXELS_MIN {
        return Ok(None);
    }
    let (id, due) = (cx.id(), cx.now() + ON_ITS_WAY);
    cx.db.write(async move |tx| files::insert_removal(tx, id, due).await).await.map_err(Fault::from)?;
    cx.blobs.put(id, Part::Thumbnail, seen.thumbnail).await?;
    Ok(Some((id, seen.width, seen.height)))
}
