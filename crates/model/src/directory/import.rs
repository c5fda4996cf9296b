//! An import: a file of contacts, what its columns mean, and what became of its rows.

use serde::{Deserialize, Serialize};

use super::ContactDraft;
use crate::{Code, ImportId, PhonebookId, Refusal, Time, words};

/// Bytes of a file.
pub const BYTES_MAX: usize = 10 * 1024 * 1024;
/// Rows of a file.
pub const ROWS_MAX: usize = 100_000;
/// Rows of one transaction: long enough to be quick, short enough to keep nobody waiting.
pub const BATCH: usize = 200;
/// Refused rows that are told.
pub const REFUSED_MAX: usize = 100;
/// Rows that a preview shows.
pub const PREVIEW_ROWS: usize = 20;

words! {
    /// What a file is.
    pub enum ImportFormat {
        /// Rows of fields, separated by commas, semicolons or tabs.
        Csv = "csv",
        /// vCards 2.1, 3.0 or 4.0, one after the other.
        Vcard = "vcard",
    }
}

words! {
    /// What a column of a CSV file means.
    pub enum ImportField {
        /// The whole name.
        Name = "name",
        /// The given name; put before the family name when there is no whole one.
        FirstName = "first_name",
        /// The family name.
        LastName = "last_name",
        /// The company.
        Company = "company",
        /// What the person does there.
        Title = "title",
        /// The address.
        Email = "email",
        /// At work.
        Work = "work",
        /// Wherever the person is.
        Mobile = "mobile",
        /// At home.
        Home = "home",
        /// The private mobile.
        HomeMobile = "home_mobile",
        /// The switchboard.
        Main = "main",
        /// The fax.
        Fax = "fax",
        /// The number inside of our own telephone system.
        Extension = "extension",
        /// Short numbers, separated by commas, semicolons or spaces.
        ShortNumbers = "short_numbers",
        /// `internal`, `external`, `whitelist` or `blacklist`.
        Kind = "kind",
        /// Whatever one should know.
        Note = "note",
    }
}

words! {
    /// Where an import stands.
    pub enum ImportState {
        /// Its rows are being taken over.
        Running = "running",
        /// All rows were looked at.
        Done = "done",
        /// Somebody ended it; what was taken over stays.
        Cancelled = "cancelled",
        /// Its phonebook went away meanwhile.
        Failed = "failed",
    }
}

/// A row that is not taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct RefusedRow {
    /// Where it begins in the file, from 1.
    pub line: i64,
    /// Why, as the code of a refusal.
    pub code: String,
    /// The field that does not fit, when it is one.
    pub field: Option<String>,
}

impl RefusedRow {
    /// The row of this line, with why.
    pub fn new(line: usize, refusal: &Refusal) -> Self {
        let field = refusal.details.as_ref().and_then(|details| details["field"].as_str()).map(str::to_owned);
        Self { line: i64::try_from(line).unwrap_or(i64::MAX), code: refusal.code.word().to_owned(), field }
    }
}

/// A row as it would be taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct ImportRow {
    /// Where it begins in the file, from 1.
    pub line: i64,
    /// What it says.
    pub contact: ContactDraft,
}

/// A column of a CSV file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct PreviewColumn {
    /// What stands above it; empty when nothing does.
    pub name: String,
    /// A value of it.
    pub sample: String,
    /// What it means, as given or as guessed by its name; none leaves it out.
    pub field: Option<ImportField>,
}

/// What an import would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct ImportPreview {
    /// The columns of a CSV file; none for vCards.
    pub columns: Vec<PreviewColumn>,
    /// Whether the first row names the columns.
    pub has_header: bool,
    /// How many rows there are.
    pub total: i64,
    /// The first rows that can be taken over.
    pub rows: Vec<ImportRow>,
    /// How many rows cannot.
    pub refused_count: i64,
    /// The first of them.
    pub refused: Vec<RefusedRow>,
}

/// An import on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct ImportView {
    /// The import.
    pub id: ImportId,
    /// Where it goes.
    pub phonebook_id: PhonebookId,
    /// Where it stands.
    pub state: ImportState,
    /// Rows that were looked at.
    pub done: i64,
    /// All rows.
    pub total: i64,
    /// Contacts that are new.
    pub added: i64,
    /// Contacts that were there, by address or number, and took over what the row says.
    pub updated: i64,
    /// Rows that were refused.
    pub refused_count: i64,
    /// The first of them.
    pub refused: Vec<RefusedRow>,
    /// When it began.
    pub created_at: Time,
    /// When it ended.
    pub ended_at: Option<Time>,
}

/// Whether a mapping can be imported by: each field once, and something that gives a name.
///
/// # Errors
/// [`Code::InvalidMapping`].
pub fn mapping(fields: &[Option<ImportField>]) -> Result<(), Refusal> {
    use ImportField::*;
    let chosen: Vec<ImportField> = fields.iter().flatten().copied().collect();
    let once = chosen.iter().enumerate().all(|(at, field)| !chosen[..at].contains(field));
    let named = [Name, FirstName, LastName, Company].iter().any(|field| chosen.contains(field));
    if once && named { Ok(()) } else { Err(Code::InvalidMapping.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn mappings() {
        use ImportField::*;
        assert!(mapping(&[None, Some(LastName), Some(Work)]).is_ok());
        for bad in [&[None, Some(Work)][..], &[Some(Name), Some(Work), Some(Work)], &[]] {
            assert_eq!(mapping(bad).unwrap_err().code, Code::InvalidMapping);
        }
    }

    #[test]
    fn a_refused_row_names_its_field() {
        let refusal = Refusal::with(Code::InvalidEmail, json!({ "field": "email" }));
        let row = RefusedRow::new(7, &refusal);
        assert_eq!((row.line, row.code.as_str(), row.field.as_deref()), (7, "invalid_email", Some("email")));
        assert_eq!(RefusedRow::new(8, &Code::ContactNameless.into()).field, None);
    }
}
