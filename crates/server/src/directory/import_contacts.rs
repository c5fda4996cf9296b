//! `POST /api/phonebooks/{phonebook}/imports/preview` and `…/imports`: a file of contacts is looked at, then taken over.
//!
//! The client sends the file as text both times. The preview keeps nothing; the import keeps the file in its row until
//! it ends and is done in the background ([`run_import`]).

use axum::Json;
use axum::extract::State;
use model::directory::import::{BYTES_MAX, PREVIEW_ROWS, REFUSED_MAX};
use model::directory::{
    Contact, ContactDraft, ImportField, ImportFormat, ImportPreview, ImportRow, ImportView, PreviewColumn, RefusedRow,
    Region,
};
use model::{Code, ImportId, PhonebookId, Refusal};
use serde::Deserialize;

use super::read_csv::read_csv;
use super::read_vcard::read_vcard;
use super::store::{self, ImportFile, NewImport};
use super::{run_import, view};
use crate::access::{self, Caller};
use crate::answer::{Answer, Fault, Problem};
use crate::app::Cx;
use crate::http::extract::{Body, Path};

/// Bytes of a request: in JSON, a file is longer than it is.
pub const REQUEST_MAX: usize = 2 * BYTES_MAX + 64 * 1024;

/// A file.
#[derive(Deserialize)]
#[cfg_attr(
    test,
    derive(ts_rs::TS, schemars::JsonSchema),
    ts(export, rename = "ImportContactsRequest", optional_fields),
    schemars(rename = "ImportContactsRequest")
)]
#[serde(deny_unknown_fields)]
pub struct Request {
    format: ImportFormat,
    text: String,
    /// What each column of a CSV file means; guessed when absent.
    mapping: Option<Vec<Option<ImportField>>>,
    /// Whether the first row of a CSV file names the columns; guessed when absent.
    has_header: Option<bool>,
}

/// A file that was read.
pub struct Parsed {
    /// The columns of a CSV file.
    pub columns: Vec<PreviewColumn>,
    /// Whether its first row names them.
    pub has_header: bool,
    /// The rows.
    pub rows: Vec<ParsedRow>,
}

/// A row that was read.
pub struct ParsedRow {
    /// Where it begins, from 1.
    pub line: usize,
    /// What it says.
    pub draft: ContactDraft,
}

/// Reads a file of either format.
///
/// # Errors
/// [`Code::ImportTooLarge`], [`Code::ImportEmpty`], [`Code::InvalidMapping`].
pub fn parse(
    format: ImportFormat,
    text: &str,
    mapping: Option<&[Option<ImportField>]>,
    has_header: Option<bool>,
) -> Result<Parsed, Refusal> {
    if text.len() > BYTES_MAX {
        return Err(Code::ImportTooLarge.into());
    }
    let parsed = match format {
        ImportFormat::Csv => read_csv(text, mapping, has_header)?,
        ImportFormat::Vcard => read_vcard(text)?,
    };
    if parsed.rows.is_empty() { Err(Code::ImportEmpty.into()) } else { Ok(parsed) }
}

/// Says what an import of this file would do.
pub async fn preview_import(
    State(cx): State<Cx>,
    caller: Caller,
    Path(book): Path<PhonebookId>,
    Body(request): Body<Request>,
) -> Answer<Json<ImportPreview>> {
    cx.db.read(async move |tx| access::editable_phonebook(tx, &caller, book).await.map(drop)).await?;
    let region = cx.config.region;
    let preview = aside(move || {
        let parsed = parse(request.format, &request.text, request.mapping.as_deref(), request.has_header)?;
        Ok::<_, Refusal>(preview(parsed, region))
    });
    Ok(Json(preview.await??))
}

fn preview(parsed: Parsed, region: Option<Region>) -> ImportPreview {
    let (mut rows, mut refused, mut refused_count) = (Vec::new(), Vec::new(), 0);
    let total = parsed.rows.len() as i64;
    for row in parsed.rows {
        match Contact::EMPTY.change(&row.draft, region) {
            Ok(_) if rows.len() < PREVIEW_ROWS => rows.push(ImportRow { line: row.line as i64, contact: row.draft }),
            Ok(_) => {}
            Err(refusal) => {
                refused_count += 1;
                if refused.len() < REFUSED_MAX {
                    refused.push(RefusedRow::new(row.line, &refusal));
                }
            }
        }
    }
    ImportPreview { columns: parsed.columns, has_header: parsed.has_header, total, rows, refused_count, refused }
}

/// Begins to take a file over; one import at a time in an organization.
pub async fn import_contacts(
    State(cx): State<Cx>,
    caller: Caller,
    Path(book): Path<PhonebookId>,
    Body(request): Body<Request>,
) -> Answer<Json<ImportView>> {
    let asked = caller.clone();
    cx.db.read(async move |tx| access::editable_phonebook(tx, &asked, book).await.map(drop)).await?;
    let (request, parsed) = aside(move || {
        let parsed = parse(request.format, &request.text, request.mapping.as_deref(), request.has_header);
        (request, parsed)
    })
    .await?;
    let (parsed, id, now) = (parsed?, cx.id::<model::id::kind::Import>(), cx.now());
    let mapping = request.mapping.map(|mapping| serde_json::to_string(&mapping)).transpose();
    let file = ImportFile {
        format: request.format,
        mapping: mapping.map_err(|error| Fault::Other(error.to_string()))?,
        has_header: Some(parsed.has_header),
        body: request.text,
    };
    let total = parsed.rows.len() as i64;
    let begun = cx
        .db
        .write(async move |tx| {
            access::editable_phonebook(tx, &caller, book).await?;
            let new = NewImport {
                id,
                organization_id: caller.organization_id,
                phonebook_id: book,
                account_id: caller.account_id,
                file: &file,
                total,
            };
            store::insert_import(tx, &new, now).await?;
            Ok::<_, Problem>(store::import(tx, id).await?.ok_or(Code::NotFound)?)
        })
        .await;
    match begun {
        Err(problem) if problem.is_conflict("imports_running") => Err(Code::ImportRunning.into()),
        other => {
            let view = view::import(other?)?;
            tokio::spawn(go_on(cx, id, parsed.rows));
            Ok(Json(view))
        }
    }
}

async fn go_on(cx: Cx, id: ImportId, rows: Vec<ParsedRow>) {
    if let Err(fault) = run_import::run(&cx, id, &rows).await {
        tracing::error!(import.id = %id, error = %fault, "An import stopped; it goes on in half a minute.");
    }
}

/// Reading ten megabytes takes a while, and nobody else shall wait for it.
pub(super) async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Fault::Other(error.to_string()))
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::random::Random;

    /// Tries a reader with a few thousand texts put together from these pieces, and with random bytes.
    pub(in super::super) fn anything(pieces: &[&str], mut read: impl FnMut(&str)) {
        let random = Random::seeded(20_261_122);
        for _ in 0..3_000 {
            let [length, ..] = random.bytes::<1>();
            let choice = |_| pieces[usize::from(u16::from_be_bytes(random.bytes())) % pieces.len()];
            read(&(0..length % 48).map(choice).collect::<String>());
            read(&String::from_utf8_lossy(&random.bytes::<96>()));
        }
    }

    #[test]
    fn refused_rows_of_a_preview_say_why() {
        let text = "Name,Email,Work\nA,a@x.example,1\n,,2\nB,nowhere,\nC,,none\n";
        let preview = preview(parse(ImportFormat::Csv, text, None, None).unwrap(), None);
        assert_eq!((preview.total, preview.rows.len(), preview.refused_count), (4, 1, 3));
        let refused: Vec<_> = preview.refused.iter().map(|row| (row.line, row.code.as_str())).collect();
        assert_eq!(refused, [(3, "contact_nameless"), (4, "invalid_email"), (5, "invalid_number")]);
    }

    #[test]
    fn nothing_and_too_much() {
        for text in ["", "\n\n", "Name,Email\n", "BEGIN:VCARD"] {
            assert_eq!(
                parse(ImportFormat::Csv, text, None, Some(true)).err().map(|refusal| refusal.code),
                Some(Code::ImportEmpty)
            );
        }
        let huge = "x".repeat(BYTES_MAX + 1);
        for format in [ImportFormat::Csv, ImportFormat::Vcard] {
            assert_eq!(parse(format, &huge, None, None).err().map(|refusal| refusal.code), Some(Code::ImportTooLarge));
        }
    }
}
