//! The work of an import: its rows, two hundred in a transaction.
//!
//! How far it got stands in the import's own row and is written with the contacts, so that each row is taken over
//! once, whatever happens meanwhile. After a restart, whoever finds the import without progress for half a minute goes
//! on with it; two that do so at once take turns.

use std::time::Duration;

use ::store::Tx;
use model::directory::import::{BATCH, REFUSED_MAX};
use model::directory::{Contact, ImportField, ImportState, RefusedRow, Region};
use model::{AccountId, Code, ContactId, ImportId, Refusal, Time};

use super::import_contacts::{ParsedRow, aside, parse};
use super::store::{self, PhonebookRow};
use super::{keep, view};
use crate::answer::{Fault, Problem};
use crate::app::Cx;

/// An import without progress for so long is nobody's any more.
const STALLED: Duration = Duration::from_secs(30);
/// Imports that ended are told for so long.
const TOLD: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Takes the rows over, from where the import is, until it ends.
///
/// # Errors
/// What the database says.
pub async fn run(cx: &Cx, id: ImportId, rows: &[ParsedRow]) -> Result<(), Fault> {
    loop {
        let now = cx.now();
        let Some(done) = cx.db.write(async move |tx| begin(tx, id, now).await).await.map_err(fault)? else {
            return Ok(());
        };
        let from = usize::try_from(done).unwrap_or(usize::MAX).min(rows.len());
        let batch = &rows[from..rows.len().min(from + BATCH)];
        let batch: Vec<_> = batch.iter().map(|row| (row.line, row.draft.clone(), cx.id())).collect();
        let region = cx.config.region;
        cx.db.write(async move |tx| take_over(tx, id, done, batch, region, now).await).await.map_err(fault)?;
    }
}

type Batch = Vec<(usize, model::directory::ContactDraft, ContactId)>;

/// How many rows are done, while the import runs and its phonebook is there.
async fn begin(tx: &mut Tx<'_>, id: ImportId, now: Time) -> Result<Option<i64>, Problem> {
    if !store::lock_import(tx, id, now).await? {
        return Ok(None);
    }
    let row = store::import(tx, id).await?.ok_or(Code::NotFound)?;
    if store::phonebook(tx, row.phonebook_id).await?.is_none() {
        store::end_import(tx, id, ImportState::Failed, now).await?;
        return Ok(None);
    }
    if row.done >= row.total {
        store::end_import(tx, id, ImportState::Done, now).await?;
        return Ok(None);
    }
    Ok(Some(row.done))
}

/// One batch, unless somebody else did it, or ended the import.
async fn take_over(
    tx: &mut Tx<'_>,
    id: ImportId,
    from: i64,
    batch: Batch,
    region: Option<Region>,
    now: Time,
) -> Result<(), Problem> {
    if !store::lock_import(tx, id, now).await? {
        return Ok(());
    }
    let mut row = store::import(tx, id).await?.ok_or(Code::NotFound)?;
    let book = store::phonebook(tx, row.phonebook_id).await?;
    let Some(mut book) = book.filter(|_| row.done == from) else { return Ok(()) };
    let mut refused: Vec<RefusedRow> =
        serde_json::from_str(&row.refused).map_err(|error| Fault::Other(error.to_string()))?;
    for (line, draft, contact) in batch {
        row.done += 1;
        let taken = take_row(tx, &mut book, row.account_id, contact, &draft, region, now).await;
        match taken {
            Ok(Taken::Added) => row.added += 1,
            Ok(Taken::Updated) => row.updated += 1,
            Err(Problem::Refusal(refusal)) => {
                row.refused_count += 1;
                if refused.len() < REFUSED_MAX {
                    refused.push(RefusedRow::new(line, &refusal));
                }
            }
            Err(Problem::Fault(fault)) => return Err(fault.into()),
        }
    }
    row.refused = serde_json::to_string(&refused).map_err(|error| Fault::Other(error.to_string()))?;
    store::update_import(tx, &row).await?;
    if row.done >= row.total {
        store::end_import(tx, id, ImportState::Done, now).await?;
    }
    // One for all: twenty thousand contacts must not be twenty thousand events for everybody.
    keep::tell(tx, &book, keep::changed(&book));
    Ok(())
}

enum Taken {
    Added,
    Updated,
}

/// A row is a new contact, or what is different in the one that has its address or one of its numbers.
async fn take_row(
    tx: &mut Tx<'_>,
    book: &mut PhonebookRow,
    importer: AccountId,
    id: ContactId,
    draft: &model::directory::ContactDraft,
    region: Option<Region>,
    now: Time,
) -> Result<Taken, Problem> {
    let contact = Contact::EMPTY.change(draft, region)?;
    for key in contact.keys() {
        let Some(known) = store::contact_by_key(tx, book.id, &key).await? else { continue };
        let Some(row) = store::contact(tx, known).await? else { continue };
        let contact = view::fields(row.clone())?.change(draft, region)?;
        keep::replace(tx, book, &row, row.owner_id, &contact, now).await?;
        return Ok(Taken::Updated);
    }
    model::directory::phonebook::may_add_contact(book.contact_count)?;
    keep::add(tx, book, id, Some(importer), &contact, now).await?;
    Ok(Taken::Added)
}

/// Goes on with imports that nobody does any more; called every second.
///
/// # Errors
/// What the database says.
pub async fn resume_stalled(cx: &Cx) -> Result<(), Fault> {
    let before = cx.now() - STALLED;
    let stalled = cx.db.read(async move |tx| store::stalled_imports(tx, before).await).await.map_err(Fault::from)?;
    for id in stalled {
        let now = cx.now();
        let found = cx.db.write(async move |tx| {
            store::lock_import(tx, id, now).await?;
            store::import_file(tx, id).await
        });
        let Some(file) = found.await.map_err(Fault::from)? else { continue };
        let cx = cx.clone();
        tokio::spawn(async move {
            let rows = aside(move || {
                let mapping: Option<Vec<Option<ImportField>>> =
                    file.mapping.and_then(|mapping| serde_json::from_str(&mapping).ok());
                parse(file.format, &file.body, mapping.as_deref(), file.has_header)
            });
            let done = match rows.await {
                Ok(Ok(parsed)) => run(&cx, id, &parsed.rows).await,
                Ok(Err(refusal)) => give_up(&cx, id, &refusal).await,
                Err(fault) => Err(fault),
            };
            if let Err(fault) = done {
                tracing::error!(import.id = %id, error = %fault, "An import stopped; it goes on in half a minute.");
            }
        });
    }
    Ok(())
}

/// A file that could be read once cannot be read any more: the program reads differently now.
async fn give_up(cx: &Cx, id: ImportId, refusal: &Refusal) -> Result<(), Fault> {
    tracing::warn!(import.id = %id, error = %refusal, "An import cannot go on.");
    let now = cx.now();
    let ended = cx.db.write(async move |tx| store::end_import(tx, id, ImportState::Failed, now).await);
    ended.await.map(drop).map_err(Fault::from)
}

/// Forgets imports that ended a month ago; called every hour.
///
/// # Errors
/// What the database says.
pub async fn forget_old(cx: &Cx) -> Result<(), Fault> {
    let before = cx.now() - TOLD;
    cx.db.write(async move |tx| store::forget_imports(tx, before).await).await.map(drop).map_err(Fault::from)
}

fn fault(problem: Problem) -> Fault {
    match problem {
        Problem::Fault(fault) => fault,
        Problem::Refusal(refusal) => Fault::Other(refusal.to_string()),
    }
}
