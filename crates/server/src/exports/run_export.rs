//! The work of an export: pages of messages into an archive, until it is whole or nobody wants it any more.
//!
//! Each page is read in a view of its own, in which the person must still take part. An export that dies with the
//! process begins anew after a while; half an archive is never given to anybody.

use std::collections::HashMap;
use std::time::Duration;

use ::store::Tx;
use model::chat::{ExportFormat, ExportState};
use model::{ConversationId, ExportId};
use serde_json::json;

use super::archive::Archive;
use super::pages::{Book, ON_PAGE, Said, file_name, head, page_name};
use super::store::{self, ExportRow, PersonRow};
use super::{KEPT_FOR, words};
use crate::answer::{Fault, Problem};
use crate::app::Cx;
use crate::chat::{store as chat, view};
use crate::files::store as files;
use crate::html::escaped;

/// Messages that are in memory at once.
const AT_ONCE: i64 = 200;
/// An export of which nothing is heard for so long is nobody's any more: the largest file is copied faster.
const STALLED: Duration = Duration::from_secs(10 * 60);

/// Begins an export in the background.
pub fn begin(cx: &Cx, id: ExportId) {
    let cx = cx.clone();
    tokio::spawn(async move {
        if let Err(fault) = run(&cx, id).await {
            tracing::error!(export.id = %id, error = %fault, "An export failed.");
        }
    });
}

/// Begins exports anew that nobody does any more; called every second.
///
/// # Errors
/// What the database says.
pub async fn resume_stalled(cx: &Cx) -> Result<(), Fault> {
    let (now, since) = (cx.now(), cx.now() - STALLED);
    let stalled = cx.db.read(async move |tx| store::stalled(tx, since).await).await.map_err(Fault::from)?;
    for id in stalled {
        let taken = cx.db.write(async move |tx| store::progress(tx, id, 0, 1, now).await);
        if taken.await.map_err(Fault::from)? > 0 {
            begin(cx, id);
        }
    }
    Ok(())
}

/// Forgets exports whose time is over; called every hour. Their files go by themselves.
///
/// # Errors
/// What the database says.
pub async fn forget_old(cx: &Cx) -> Result<(), Fault> {
    let now = cx.now();
    cx.db.write(async move |tx| store::delete_expired(tx, now).await).await.map(drop).map_err(Fault::from)
}

/// Makes an export and keeps how it ended.
pub(crate) async fn run(cx: &Cx, id: ExportId) -> Result<(), Fault> {
    let row = cx.db.read(async move |tx| store::export(tx, id).await).await.map_err(Fault::from)?;
    let Some(row) = row.filter(|row| row.state == ExportState::Running) else { return Ok(()) };
    // Whoever takes it for dead while it lives waits here, and finds it done.
    let turn = cx.blobs.turn(row.blob_id).await;
    let made = make(cx, &row).await;
    if *cx.stopping.borrow() {
        return Ok(());
    }
    let now = cx.now();
    let (state, size) = match &made {
        Ok(Some(size)) => {
            cx.blobs.adopt(&turn, row.blob_id).await?;
            (ExportState::Done, *size)
        }
        Ok(None) | Err(_) => (ExportState::Failed, 0),
    };
    let ended = cx.db.write(async move |tx| {
        let ended = store::end_export(tx, id, state, size, now + KEPT_FOR).await?;
        let wanted = ended > 0 && state == ExportState::Done;
        files::insert_removal(tx, row.blob_id, if wanted { now + KEPT_FOR } else { now }).await
    });
    ended.await.map_err(Fault::from)?;
    made.map(drop)
}

/// Writes the archive; none when nobody wants it any more.
async fn make(cx: &Cx, row: &ExportRow) -> Result<Option<i64>, Fault> {
    let (conversation, account) = (row.conversation_id, row.account_id);
    let found = cx.db.read(async move |tx| {
        let Some(shown) = chat::conversation(tx, conversation, account).await? else { return Ok(None) };
        Ok::<_, ::store::Error>(Some((shown, store::people(tx, conversation).await?)))
    });
    let Some((shown, people)) = found.await.map_err(Fault::from)? else { return Ok(None) };
    let names: HashMap<_, _> = people.iter().map(|person| (person.id, person.name.clone())).collect();
    let book = Book { names, offset_minutes: row.offset_minutes, words: words::words(&row.language) };
    let mut archive = Archive::create(cx.blobs.upload_path(row.blob_id)?).await?;
    let mut work = Work { cx, row, book, newest: shown.position, done: 0, total: shown.position };
    let whole = match row.format {
        ExportFormat::Json => work.json(&mut archive, &shown, &people).await?,
        ExportFormat::Html => work.html(&mut archive, &shown, &people).await?,
    };
    if whole { archive.finish().await.map(Some) } else { Ok(None) }
}

struct Work<'a> {
    cx: &'a Cx,
    row: &'a ExportRow,
    book: Book,
    newest: i64,
    done: i64,
    total: i64,
}

impl Work<'_> {
    async fn json(
        &mut self,
        archive: &mut Archive,
        shown: &chat::ConversationRow,
        people: &[PersonRow],
    ) -> Result<bool, Fault> {
        let people: Vec<_> = people
            .iter()
            .map(|person| {
                json!({ "id": person.id, "name": person.name, "email": person.email, "left_at": person.left_at })
            })
            .collect();
        let conversation = json!({
            "id": shown.id, "kind": shown.kind, "title": shown.title, "description": shown.description,
            "created_at": shown.created_at, "people": people,
        });
        let exported_at = json!(self.row.created_at);
        archive.entry("conversation.json".to_owned()).await?;
        let begin = format!(
            "{{\n\"format\": \"waggle.conversation\",\n\"version\": 1,\n\"exported_at\": {exported_at},\n\
            \"conversation\": {conversation},\n\"messages\": ["
        );
        archive.write(begin).await?;
        let mut from = 1;
        while from <= self.newest {
            let Some(page) = self.page(from, (from + AT_ONCE - 1).min(self.newest)).await? else { return Ok(false) };
            let mut text = String::new();
            for said in &page {
                text.push_str(if said.message.position == 1 { "\n" } else { ",\n" });
                text.push_str(&self.book.json(said).to_string());
            }
            archive.write(text).await?;
            from += AT_ONCE;
            if !self.progress(AT_ONCE).await? {
                return Ok(false);
            }
        }
        archive.write("\n]\n}\n".to_owned()).await?;
        Ok(true)
    }

    async fn html(
        &mut self,
        archive: &mut Archive,
        shown: &chat::ConversationRow,
        people: &[PersonRow],
    ) -> Result<bool, Fault> {
        let title = self.row.name.strip_suffix(".zip").unwrap_or(&self.row.name).to_owned();
        let title = shown.title.clone().unwrap_or(title);
        let names: Vec<_> = people.iter().map(|person| escaped(&person.name)).collect();
        let words = self.book.words;
        let about = format!(
            "<p class=\"note\">{}</p><p class=\"note\">{}: {}</p><p class=\"note\">{} {}. {} {}.</p>\n",
            escaped(shown.description.as_deref().unwrap_or_default()),
            escaped(words.people),
            names.join(", "),
            escaped(words.exported),
            self.book.clock(self.row.created_at),
            escaped(words.times),
            self.book.zone(),
        );
        let mut with_files = Vec::new();
        let mut from = 1;
        // An empty conversation is a page too.
        while from <= self.newest.max(1) {
            if (from - 1) % ON_PAGE == 0 {
                if from > 1 {
                    archive.write(navigation(words, from - 1, self.newest)).await?;
                }
                archive.entry(page_name(from)).await?;
                archive.write(head(&self.row.language, &title) + if from == 1 { &about } else { "" }).await?;
            }
            let to = (from + AT_ONCE - 1).min(self.newest);
            let Some(page) = self.page(from, to).await? else { return Ok(false) };
            let count: usize = page.iter().map(|said| said.message.files.len()).sum();
            if count > 0 {
                with_files.push((from, to));
                self.total += count as i64;
            }
            archive.write(page.iter().map(|said| self.book.html(said)).collect()).await?;
            from += AT_ONCE;
            if !self.progress(AT_ONCE).await? {
                return Ok(false);
            }
        }
        archive.write(navigation(words, self.newest.max(1), self.newest)).await?;
        for (from, to) in with_files {
            let Some(page) = self.page(from, to).await? else { return Ok(false) };
            for said in page {
                for (place, file) in said.message.files.iter().enumerate() {
                    let id = file.id;
                    let found = self.cx.db.read(async move |tx| files::file(tx, id).await);
                    let Some(stored) = found.await.map_err(Fault::from)? else { continue };
                    // Erased while this was on its way: the page has a name, and the archive has nothing of it.
                    let Ok((_, content)) = self.cx.blobs.content(stored.blob_id).await else { continue };
                    let name = file_name(said.message.position, place, file);
                    let size = u64::try_from(file.size_bytes).unwrap_or(0);
                    archive.file(name, &file.media_type, size, content).await?;
                    if !self.progress(1).await? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// A stretch of messages with the texts they had; none when the person does not take part any more.
    async fn page(&self, from: i64, to: i64) -> Result<Option<Vec<Said>>, Fault> {
        let (conversation, account) = (self.row.conversation_id, self.row.account_id);
        let page = self.cx.db.read(async move |tx| {
            if chat::seat(tx, conversation, account).await?.is_none() {
                return Ok(None);
            }
            read(tx, conversation, from, to).await.map(Some)
        });
        page.await.map_err(|problem| match problem {
            Problem::Fault(fault) => fault,
            Problem::Refusal(refusal) => Fault::Other(refusal.to_string()),
        })
    }

    /// So much more is done; false when nobody wants the rest.
    async fn progress(&mut self, more: i64) -> Result<bool, Fault> {
        self.done = (self.done + more).min(self.total);
        let (id, done, total, now) = (self.row.id, self.done, self.total, self.cx.now());
        let kept = self.cx.db.write(async move |tx| store::progress(tx, id, done, total, now).await);
        Ok(kept.await.map_err(Fault::from)? > 0 && !*self.cx.stopping.borrow())
    }
}

async fn read(tx: &mut Tx<'_>, conversation: ConversationId, from: i64, to: i64) -> Result<Vec<Said>, Problem> {
    let mut page = Vec::new();
    for message in view::messages(tx, conversation, from, to).await? {
        let mut before = Vec::new();
        if message.edited_at.is_some() && message.deleted_at.is_none() {
            let edits = chat::edits(tx, message.id).await?;
            before.extend(edits.into_iter().map(|edit| (edit.body, edit.replaced_at)));
        }
        page.push(Said { message, before });
    }
    Ok(page)
}

/// The way to the pages around the one that ends with this message.
fn navigation(words: &words::Words, last: i64, newest: i64) -> String {
    let mut links = String::new();
    let first = (last - 1) / ON_PAGE * ON_PAGE + 1;
    if first > 1 {
        links.push_str(&format!("<a href=\"{}\">{}</a>", page_name(first - 1), escaped(words.previous)));
    }
    if last < newest {
        links.push_str(&format!("<a href=\"{}\">{}</a>", page_name(last + 1), escaped(words.next)));
    }
    format!("<nav>{links}</nav>\n</html>\n")
}
