//! Reads contacts from vCards, one after the other in a file: 4.0 (RFC 6350), 3.0 (RFC 2426) and 2.1 as phones and
//! Outlook write it, with folded lines, groups (`item1.TEL`), quoted-printable and foreign character sets.
//!
//! Only what a contact has is read; pictures and everything unknown are passed over. A card that does not end is
//! taken as far as it goes.

use model::directory::ContactDraft;
use model::directory::import::ROWS_MAX;
use model::{Code, Refusal};

use super::import_contacts::{Parsed, ParsedRow};

/// Reads a file.
///
/// # Errors
/// [`Code::ImportTooLarge`].
pub fn read_vcard(text: &str) -> Result<Parsed, Refusal> {
    let mut rows: Vec<ParsedRow> = Vec::new();
    let mut card: Option<Card> = None;
    for (line, property) in Lines::new(text.trim_start_matches('\u{feff}')) {
        let Some(property) = Property::read(&property) else { continue };
        let begins = property.is("BEGIN") && property.value.trim().eq_ignore_ascii_case("VCARD");
        let ends = property.is("END") && property.value.trim().eq_ignore_ascii_case("VCARD");
        if begins || ends {
            rows.extend(card.take().and_then(Card::finish));
            if rows.len() > ROWS_MAX {
                return Err(Code::ImportTooLarge.into());
            }
        }
        if begins {
            card = Some(Card { line, ..Card::default() });
        } else if let Some(card) = &mut card {
            card.take(&property);
        }
    }
    rows.extend(card.and_then(Card::finish));
    if rows.len() > ROWS_MAX {
        return Err(Code::ImportTooLarge.into());
    }
    Ok(Parsed { columns: Vec::new(), has_header: false, rows })
}

/// Logical lines with the number of the line they begin at: a line that begins with a space goes on the one before
/// (RFC 6350, section 3.2), and a quoted-printable one goes on after `=`.
struct Lines<'a> {
    lines: std::iter::Peekable<std::iter::Enumerate<std::str::Lines<'a>>>,
}

impl<'a> Lines<'a> {
    fn new(text: &'a str) -> Self {
        Self { lines: text.lines().enumerate().peekable() }
    }
}

impl Iterator for Lines<'_> {
    type Item = (usize, String);

    fn next(&mut self) -> Option<(usize, String)> {
        let (at, first) = self.lines.next()?;
        let mut line = first.to_owned();
        let head = line.split(':').next().unwrap_or_default().to_ascii_uppercase();
        let quoted = head.contains("QUOTED-PRINTABLE");
        loop {
            let folded = self.lines.next_if(|(_, next)| next.starts_with([' ', '\t']));
            if let Some((_, more)) = folded {
                line.push_str(&more[1..]);
                continue;
            }
            if quoted
                && line.ends_with('=')
                && let Some((_, more)) = self.lines.next()
            {
                line.pop();
                line.push_str(more);
                continue;
            }
            return Some((at + 1, line));
        }
    }
}

/// `group.NAME;PARAMETER=value:value`.
struct Property {
    name: String,
    /// Upper-case words of all parameters: types, encodings, character sets.
    words: Vec<String>,
    value: String,
}

impl Property {
    fn read(line: &str) -> Option<Property> {
        let mut quoted = false;
        let colon = line.char_indices().find(|(_, c)| {
            quoted ^= *c == '"';
            *c == ':' && !quoted
        });
        let (head, value) = line.split_at(colon?.0);
        let mut parts = head.split(';');
        let name = parts.next()?.rsplit('.').next()?.trim().to_ascii_uppercase();
        let words = parts
            .flat_map(|part| part.split(['=', ',']))
            .map(|word| word.trim_matches(['"', ' ']).to_ascii_uppercase());
        let words: Vec<String> = words.collect();
        let has = |word: &str| words.iter().any(|one| one == word);
        // A picture is not decoded.
        if has("BASE64") || has("B") {
            return None;
        }
        let raw = &value[1..];
        let value = if has("QUOTED-PRINTABLE") { quoted_printable(raw, &words) } else { raw.to_owned() };
        Some(Property { name, words, value })
    }

    fn is(&self, name: &str) -> bool {
        self.name == name
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|one| one == word)
    }

    /// The parts between semicolons, unescaped.
    fn parts(&self) -> Vec<String> {
        let (mut parts, mut escaped) = (vec![String::new()], false);
        for c in self.value.chars() {
            let last = parts.last_mut().map_or_else(String::new, std::mem::take);
            let (last, next) = match (escaped, c) {
                (true, 'n' | 'N') => (last + "\n", false),
                (true, other) => (last + other.encode_utf8(&mut [0; 4]), false),
                (false, '\\') => (last, false),
                (false, ';') => (last, true),
                (false, other) => (last + other.encode_utf8(&mut [0; 4]), false),
            };
            escaped = !escaped && c == '\\';
            if let Some(slot) = parts.last_mut() {
                *slot = last;
            }
            if next {
                parts.push(String::new());
            }
        }
        parts
    }

    /// The whole value, unescaped.
    fn text(&self) -> String {
        self.parts().join(";").trim().to_owned()
    }
}

/// `=C3=BC` is `ü` when the bytes are UTF-8, and otherwise what they mean in Latin-1.
fn quoted_printable(raw: &str, words: &[String]) -> String {
    let bytes = raw.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'=').then(|| bytes.get(at + 1..at + 3)).flatten();
        let byte = hex.and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(byte.unwrap_or(bytes[at]));
        at += if byte.is_some() { 3 } else { 1 };
    }
    let latin = words.iter().any(|word| word.starts_with("ISO-8859-1") || word == "WINDOWS-1252");
    match String::from_utf8(decoded) {
        Ok(text) if !latin => text,
        Ok(text) => text.bytes().map(char::from).collect(),
        Err(error) => error.into_bytes().into_iter().map(char::from).collect(),
    }
}

/// A card that is being read.
#[derive(Default)]
struct Card {
    line: usize,
    draft: ContactDraft,
    structured_name: Option<String>,
    role: Option<String>,
    /// A group of people is no contact.
    group: bool,
}

impl Card {
    fn take(&mut self, property: &Property) {
        let text = property.text();
        if text.is_empty() {
            return;
        }
        let first = |slot: &mut Option<String>| {
            if slot.is_none() || property.has("PREF") {
                *slot = Some(text.clone());
            }
        };
        match property.name.as_str() {
            "FN" => first(&mut self.draft.name),
            "N" => {
                // Family name, given name, more names (RFC 6350, section 6.2.2).
                let parts = property.parts();
                let part = |at: usize| parts.get(at).map(|part| part.trim()).filter(|part| !part.is_empty());
                let name: Vec<&str> = [1, 2, 0].into_iter().filter_map(part).collect();
                self.structured_name = Some(name.join(" ")).filter(|name| !name.is_empty());
            }
            "ORG" => {
                let company = property.parts().into_iter().find(|part| !part.trim().is_empty());
                self.draft.company = self.draft.company.take().or(company);
            }
            "TITLE" => first(&mut self.draft.title),
            "ROLE" => first(&mut self.role),
            "NOTE" => first(&mut self.draft.note),
            "EMAIL" => {
                let address = text.strip_prefix("mailto:").unwrap_or(&text).to_owned();
                if self.draft.email.is_none() || property.has("PREF") {
                    self.draft.email = Some(address);
                }
            }
            "TEL" => self.number(property, &text),
            "KIND" | "X-ADDRESSBOOKSERVER-KIND" => self.group |= text.eq_ignore_ascii_case("group"),
            _ => {}
        }
    }

    /// Puts a number where its types say; a second one of the same types where there is room.
    fn number(&mut self, property: &Property, text: &str) {
        let number = text.strip_prefix("tel:").unwrap_or(text).to_owned();
        let home = property.has("HOME");
        let mobile = property.has("CELL") || property.has("MOBILE") || property.has("IPHONE");
        let draft = &mut self.draft;
        if property.has("PAGER") {
            return;
        }
        if property.has("FAX") {
            draft.fax.get_or_insert(number);
            return;
        }
        let slots = match (mobile, home, property.has("MAIN")) {
            (true, true, _) => {
                [&mut draft.home_mobile, &mut draft.mobile, &mut draft.home, &mut draft.work, &mut draft.main]
            }
            (true, false, _) => {
                [&mut draft.mobile, &mut draft.home_mobile, &mut draft.work, &mut draft.main, &mut draft.home]
            }
            (false, true, _) => {
                [&mut draft.home, &mut draft.home_mobile, &mut draft.main, &mut draft.work, &mut draft.mobile]
            }
            (false, false, true) => {
                [&mut draft.main, &mut draft.work, &mut draft.mobile, &mut draft.home, &mut draft.home_mobile]
            }
            (false, false, false) => {
                [&mut draft.work, &mut draft.main, &mut draft.mobile, &mut draft.home, &mut draft.home_mobile]
            }
        };
        if let Some(slot) = slots.into_iter().find(|slot| slot.is_none()) {
            *slot = Some(number);
        }
    }

    fn finish(self) -> Option<ParsedRow> {
        let mut draft = self.draft;
        draft.name = draft.name.or(self.structured_name);
        draft.title = draft.title.or(self.role);
        (!self.group).then_some(ParsedRow { line: self.line, draft })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> ContactDraft {
        let mut rows = read_vcard(text).unwrap().rows;
        assert_eq!(rows.len(), 1, "{text}");
        rows.remove(0).draft
    }

    #[test]
    fn version_4() {
        let draft = one(
            "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Jörg Mül\r\n ler\r\nN:Müller;Jörg;;;\r\nORG:Nordfeld\\, GmbH;Sales\r\n\
            TEL;VALUE=uri;TYPE=\"work,voice\":tel:+49-40-1234567;ext=102\r\nTEL;TYPE=cell:+49 171 1234567\r\n\
            EMAIL;TYPE=work:first@x.example\r\nEMAIL;PREF=1:j@x.example\r\nNOTE:one\\ntwo\\; three\r\nEND:VCARD\r\n",
        );
        assert_eq!(draft.name.as_deref(), Some("Jörg Müller"));
        assert_eq!(draft.company.as_deref(), Some("Nordfeld, GmbH"));
        assert_eq!(draft.work.as_deref(), Some("+49-40-1234567;ext=102"));
        assert_eq!(draft.mobile.as_deref(), Some("+49 171 1234567"));
        assert_eq!(draft.email.as_deref(), Some("j@x.example"));
        assert_eq!(draft.note.as_deref(), Some("one\ntwo; three"));
    }

    #[test]
    fn version_2_1_with_quoted_printable() {
        let draft =
            one("BEGIN:VCARD\nVERSION:2.1\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:M=C3=BCller;J=C3=B6=\nrg\n\
            TEL;CELL;HOME:0171 1\nTEL;WORK;FAX:040 2\nTEL;HOME:040 3\nTEL;PAGER:1\n\
            TITLE;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gesch=E4ftsf=FChrer\n\
            PHOTO;ENCODING=BASE64;TYPE=JPEG:\n /9j/4AAQ\nEND:VCARD");
        assert_eq!(draft.name.as_deref(), Some("Jörg Müller"));
        assert_eq!(draft.title.as_deref(), Some("Geschäftsführer"));
        assert_eq!(
            (draft.home_mobile.as_deref(), draft.fax.as_deref(), draft.home.as_deref()),
            (Some("0171 1"), Some("040 2"), Some("040 3"))
        );
    }

    #[test]
    fn version_3_with_groups_and_several_numbers() {
        let draft =
            one("BEGIN:VCARD\nVERSION:3.0\nitem1.TEL;type=WORK;type=pref:1\nitem2.TEL:2\nTEL:3\nTEL:4\nTEL:5\nTEL:6\n\
            item1.ORG:Acme\nROLE:Buyer\nEND:VCARD");
        assert_eq!(
            (draft.name.as_deref(), draft.company.as_deref(), draft.title.as_deref()),
            (None, Some("Acme"), Some("Buyer"))
        );
        let numbers = [&draft.work, &draft.main, &draft.mobile, &draft.home, &draft.home_mobile];
        assert_eq!(numbers.map(|number| number.as_deref().unwrap()), ["1", "2", "3", "4", "5"]);
    }

    #[test]
    fn several_cards_groups_and_broken_ends() {
        let parsed = read_vcard(
            "BEGIN:VCARD\nFN:A\nEND:VCARD\nBEGIN:VCARD\nKIND:group\nFN:All\nEND:VCARD\nnoise\nBEGIN:VCARD\nFN:B\nBEGIN:VCARD\nFN:C",
        );
        let rows: Vec<_> = parsed.unwrap().rows.into_iter().map(|row| (row.line, row.draft.name.unwrap())).collect();
        assert_eq!(rows, [(1, "A".to_owned()), (9, "B".to_owned()), (11, "C".to_owned())]);
    }

    #[test]
    fn anything_can_be_read() {
        let pieces = [
            "BEGIN:VCARD",
            "END:VCARD",
            "\n",
            "\r\n ",
            "FN",
            "N",
            ":",
            ";",
            "=",
            "=C3",
            "=ZZ",
            "\\",
            "\"",
            "TEL",
            "ENCODING=QUOTED-PRINTABLE",
            "CHARSET=ISO-8859-1",
            "é",
            "\u{feff}",
            "\u{0}",
            "TYPE=",
            ",",
            "ORG:",
            "a.b.",
            "\t",
        ];
        super::super::import_contacts::tests::anything(&pieces, |text| {
            if let Ok(parsed) = read_vcard(text) {
                assert!(parsed.rows.len() <= text.len());
            }
        });
    }
}
