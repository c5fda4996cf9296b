//! Reads contacts from a CSV file: rows of fields, separated by whatever the first line uses most.

use csv::{ReaderBuilder, StringRecord, Trim};
use model::directory::import::{self, ROWS_MAX};
use model::directory::{ContactDraft, ContactKind, ImportField, PreviewColumn};
use model::{Code, Refusal, Word};

use super::columns;
use super::import_contacts::{Parsed, ParsedRow};

/// Columns of a file; what comes after is left out.
const COLUMNS_MAX: usize = 200;

/// Reads a file. Without a mapping, or without a word on the header, they are guessed.
///
/// # Errors
/// [`Code::ImportTooLarge`], [`Code::InvalidMapping`].
pub fn read_csv(
    text: &str,
    mapping: Option<&[Option<ImportField>]>,
    has_header: Option<bool>,
) -> Result<Parsed, Refusal> {
    let (separator, text, skipped) = separator(text.trim_start_matches('\u{feff}'));
    let mut builder = ReaderBuilder::new();
    builder.delimiter(separator).flexible(true).has_headers(false).trim(Trim::All);
    let mut records: Vec<(usize, StringRecord)> = Vec::new();
    for record in builder.from_reader(text.as_bytes()).into_records() {
        // The text is UTF-8 and rows may have any length, so that nothing is left to fail.
        let Ok(record) = record else { continue };
        if record.iter().all(str::is_empty) {
            continue;
        }
        if records.len() > ROWS_MAX {
            return Err(Code::ImportTooLarge.into());
        }
        let line = record.position().map_or(0, |position| begins_at(text, position));
        records.push((skipped + line, record));
    }
    let width = records.iter().map(|(_, record)| record.len()).max().unwrap_or(0).min(COLUMNS_MAX);
    let cells = |at: usize| -> Vec<&str> {
        let record = records.get(at).map(|(_, record)| record);
        (0..width).map(|column| record.and_then(|record| record.get(column)).unwrap_or_default()).collect()
    };
    let named = columns::by_name(&cells(0));
    let has_header = has_header.unwrap_or_else(|| named.iter().any(Option::is_some)) && !records.is_empty();
    let fields = match mapping {
        Some(mapping) if mapping.len() <= width => {
            import::mapping(mapping)?;
            (0..width).map(|column| mapping.get(column).copied().flatten()).collect()
        }
        Some(_) => return Err(Code::InvalidMapping.into()),
        None if has_header => named,
        None => columns::by_content(&cells(0)),
    };
    let first = usize::from(has_header);
    let samples: Vec<String> = (0..width).map(|column| sample(&records[first.min(records.len())..], column)).collect();
    let header = if has_header { cells(0) } else { vec![""; width] };
    let column = |((name, sample), field): ((&&str, String), &Option<ImportField>)| PreviewColumn {
        name: short(name),
        sample,
        field: *field,
    };
    let columns = header.iter().zip(samples).zip(&fields).map(column).collect();
    let rows =
        records.iter().skip(first).map(|(line, record)| ParsedRow { line: *line, draft: draft(record, &fields) });
    Ok(Parsed { columns, has_header, rows: rows.collect() })
}

/// The line of a record; the reader counts empty lines before it as its own.
fn begins_at(text: &str, position: &csv::Position) -> usize {
    let (line, byte) = (usize::try_from(position.line()), usize::try_from(position.byte()));
    let rest = byte.ok().and_then(|byte| text.as_bytes().get(byte..)).unwrap_or_default();
    let empty = rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).filter(|byte| **byte == b'\n').count();
    line.unwrap_or(usize::MAX).saturating_add(empty)
}

/// The first value of a column that is not empty.
fn sample(records: &[(usize, StringRecord)], column: usize) -> String {
    let values = records.iter().take(100).filter_map(|(_, record)| record.get(column));
    values.into_iter().find(|value| !value.is_empty()).map(short).unwrap_or_default()
}

fn short(text: &str) -> String {
    model::text::excerpt(text, 60)
}

/// What a row says; an empty cell says nothing.
fn draft(record: &StringRecord, fields: &[Option<ImportField>]) -> ContactDraft {
    let mut draft = ContactDraft::default();
    let (mut given, mut family) = (None, None);
    for (cell, field) in record.iter().zip(fields).filter(|(cell, _)| !cell.is_empty()) {
        let text = Some(cell.to_owned());
        match field {
            None => {}
            Some(ImportField::Name) => draft.name = text,
            Some(ImportField::FirstName) => given = text,
            Some(ImportField::LastName) => family = text,
            Some(ImportField::Company) => draft.company = text,
            Some(ImportField::Title) => draft.title = text,
            Some(ImportField::Email) => draft.email = text,
            Some(ImportField::Work) => draft.work = text,
            Some(ImportField::Mobile) => draft.mobile = text,
            Some(ImportField::Home) => draft.home = text,
            Some(ImportField::HomeMobile) => draft.home_mobile = text,
            Some(ImportField::Main) => draft.main = text,
            Some(ImportField::Fax) => draft.fax = text,
            Some(ImportField::Extension) => draft.extension = text,
            Some(ImportField::ShortNumbers) => {
                let parts = cell.split([',', ';', ' ', '/']).filter(|part| !part.is_empty());
                draft.short_numbers = Some(parts.map(str::to_owned).collect());
            }
            // A word that is none of ours leaves the type as it is.
            Some(ImportField::Kind) => draft.kind = ContactKind::from_word(&cell.to_lowercase()),
            Some(ImportField::Note) => draft.note = text,
        }
    }
    // `Nome` beside `Cognome` is the given name, although alone it is the whole one.
    draft.name = match (draft.name.take(), given, family) {
        (Some(name), None, Some(family)) if !name.contains(&family) => Some(format!("{name} {family}")),
        (Some(name), Some(given), None) if !name.contains(&given) => Some(format!("{given} {name}")),
        (Some(name), _, _) => Some(name),
        (None, Some(given), Some(family)) => Some(format!("{given} {family}")),
        (None, given, family) => given.or(family),
    };
    draft
}

/// What separates the fields, the text without a line that only says so, and how many lines were left out.
fn separator(text: &str) -> (u8, &str, usize) {
    let first = text.lines().next().unwrap_or_default();
    // Excel's own way of saying it.
    if let Some(said) = first.strip_prefix("sep=")
        && let Some(&byte) = said.as_bytes().first().filter(|byte| byte.is_ascii())
    {
        return (byte, text.split_once('\n').map_or("", |(_, rest)| rest), 1);
    }
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let count = |separator: u8| {
        let mut quoted = false;
        let outside = line.bytes().filter(|byte| {
            quoted ^= *byte == b'"';
            !quoted && *byte == separator
        });
        outside.count()
    };
    let found = [b',', b';', b'\t', b'|'].into_iter().rev().max_by_key(|separator| count(*separator));
    (found.filter(|separator| count(*separator) > 0).unwrap_or(b','), text, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Parsed {
        read_csv(text, None, None).unwrap()
    }

    #[test]
    fn a_header_names_the_columns() {
        let parsed = read(
            "\u{feff}Nachname;Vorname;Firma;E-Mail;Kurzwahl\nMüller;Jörg;\"Nord; Feld\";j@x.example;81, 82\n;;;;\n\nOtto;;;;\n",
        );
        assert!(parsed.has_header);
        assert_eq!(parsed.columns.len(), 5);
        assert_eq!(parsed.columns[2].sample, "Nord; Feld");
        let first = &parsed.rows[0];
        assert_eq!((first.line, first.draft.name.as_deref()), (2, Some("Jörg Müller")));
        assert_eq!(first.draft.company.as_deref(), Some("Nord; Feld"));
        assert_eq!(first.draft.short_numbers.as_deref(), Some(&["81".to_owned(), "82".to_owned()][..]));
        assert_eq!(
            (parsed.rows.len(), parsed.rows[1].line, parsed.rows[1].draft.name.as_deref()),
            (2, 5, Some("Otto"))
        );
    }

    #[test]
    fn nome_beside_cognome_is_the_given_name() {
        assert_eq!(read("Cognome,Nome\nRossi,Maria\n").rows[0].draft.name.as_deref(), Some("Maria Rossi"));
        assert_eq!(read("Prénom,Nom\nMarie,Curie\n").rows[0].draft.name.as_deref(), Some("Marie Curie"));
    }

    #[test]
    fn separators_and_files_without_header() {
        for text in ["sep=|\nName|Phone\nA|1", "Name\tPhone\nA\t1", "Name,Phone\nA,1", "Name|Phone\nA|1"] {
            let parsed = read(text);
            assert_eq!(parsed.rows[0].draft.name.as_deref(), Some("A"), "{text}");
            assert_eq!(parsed.rows[0].line, text.lines().count(), "{text}");
        }
        let parsed = read("Jörg Müller,+49 40 1234567\n");
        assert!(!parsed.has_header);
        assert_eq!(parsed.rows[0].draft.work.as_deref(), Some("+49 40 1234567"));
    }

    #[test]
    fn mappings_win_and_are_checked() {
        let text = "a,b,c\n1,2,3\n";
        let fields = [None, Some(ImportField::Name)];
        let parsed = read_csv(text, Some(&fields), Some(true)).unwrap();
        assert_eq!((parsed.rows.len(), parsed.rows[0].draft.name.as_deref()), (1, Some("2")));
        assert_eq!(read_csv(text, Some(&fields), Some(false)).unwrap().rows.len(), 2);
        let bad = [Some(ImportField::Work), None, None];
        assert_eq!(read_csv(text, Some(&bad), None).err().map(|refusal| refusal.code), Some(Code::InvalidMapping));
        let long = [Some(ImportField::Name), None, None, None];
        assert_eq!(read_csv(text, Some(&long), None).err().map(|refusal| refusal.code), Some(Code::InvalidMapping));
    }

    #[test]
    fn too_many_rows() {
        let text = "Name\n".to_owned() + &"x\n".repeat(ROWS_MAX + 1);
        assert_eq!(read_csv(&text, None, None).err().map(|refusal| refusal.code), Some(Code::ImportTooLarge));
    }

    #[test]
    fn anything_can_be_read() {
        let pieces = [
            "\"", ",", ";", "\t", "\n", "\r\n", "\u{feff}", "sep=", "Name", "é", "\u{0}", "\"\"", "a@b.c", "123456",
            "|", " ",
        ];
        super::super::import_contacts::tests::anything(&pieces, |text| {
            if let Ok(parsed) = read_csv(text, None, None) {
                assert!(parsed.rows.len() <= text.len());
            }
        });
    }
}
