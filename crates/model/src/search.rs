//! Search: how a text becomes words that can be compared, and what a query asks for.
//!
//! Both engines are given words that were folded here (lower case, accents removed, split at everything that is
//! neither letter nor digit), so that they find the same. A query's words are beginnings: `mul jor` finds Jörg Müller.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::{Code, Refusal};

/// Characters of a query.
pub const QUERY_MAX: usize = 200;
/// Words of a query that count; more only make a search slower.
pub const QUERY_WORDS_MAX: usize = 12;
/// Characters of a word that are compared.
pub const WORD_MAX: usize = 64;

/// The words of a text, folded, with one space between two.
pub fn fold(text: &str) -> String {
    let mut folded = Folded { text: String::with_capacity(text.len()), letters: 0 };
    if text.is_ascii() {
        text.chars().for_each(|c| folded.push(c.to_ascii_lowercase()));
    } else {
        for c in text.nfkd().filter(|c| !is_combining_mark(*c)) {
            match plain(c) {
                Some(letters) => letters.chars().for_each(|c| folded.push(c)),
                None => c.to_lowercase().filter(|c| !is_combining_mark(*c)).for_each(|c| folded.push(c)),
            }
        }
    }
    if folded.text.ends_with(' ') {
        folded.text.pop();
    }
    folded.text
}

struct Folded {
    text: String,
    /// Of the word at the end.
    letters: usize,
}

impl Folded {
    fn push(&mut self, c: char) {
        // Writing without spaces between words is searched by its signs.
        let alone = c.is_alphanumeric() && stands_alone(c);
        if (!c.is_alphanumeric() || alone) && !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
            self.letters = 0;
        }
        if c.is_alphanumeric() && self.letters < WORD_MAX {
            self.text.push(c);
            self.letters += 1;
        }
        if alone {
            self.text.push(' ');
            self.letters = 0;
        }
    }
}

/// Letters that no decomposition takes apart.
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'ß' | 'ẞ' => "ss",
        'æ' | 'Æ' => "ae",
        'œ' | 'Œ' => "oe",
        'ø' | 'Ø' => "o",
        'đ' | 'Đ' | 'ð' | 'Ð' => "d",
        'ł' | 'Ł' => "l",
        'þ' | 'Þ' => "th",
        'ı' => "i",
        'ħ' | 'Ħ' => "h",
        _ => return None,
    })
}

/// Chinese, Japanese and Korean signs, of which a word has few and no space.
fn stands_alone(c: char) -> bool {
    matches!(u32::from(c), 0x2E80..=0x2FDF | 0x3040..=0x30FF | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xF900..=0xFAFF | 0x20000..=0x3FFFF)
}

/// What somebody looks for: texts in which each of the words begins a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    words: Vec<String>,
    number: Option<String>,
}

impl Query {
    /// Reads a query; one without a letter or digit asks for nothing.
    ///
    /// # Errors
    /// [`Code::QueryTooLong`].
    pub fn parse(text: &str) -> Result<Query, Refusal> {
        if text.chars().count() > QUERY_MAX {
            return Err(Code::QueryTooLong.into());
        }
        let folded = fold(text);
        let mut words: Vec<String> = Vec::new();
        for word in folded.split(' ').filter(|word| !word.is_empty()) {
            if words.len() < QUERY_WORDS_MAX && words.iter().all(|known| known != word) {
                words.push(word.to_owned());
            }
        }
        Ok(Query { number: number(&folded), words })
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The words, folded.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// The digits of a query that is a phone number written in groups: `0461 171` also finds `0461171512`.
    pub fn number(&self) -> Option<&str> {
        self.number.as_deref()
    }

    /// Whether a folded text has all that is asked for.
    pub fn finds(&self, folded: &str) -> bool {
        let begins = |word: &String| folded.split(' ').any(|one| one.starts_with(word.as_str()));
        !self.is_empty() && self.words.iter().all(begins)
    }

    /// The part of a text around the first word that was asked for, about `max` characters, on one line.
    pub fn excerpt(&self, text: &str, max: usize) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        let hit = |word: &&str| {
            fold(word).split(' ').any(|one| self.words.iter().any(|asked| one.starts_with(asked.as_str())))
        };
        let at = words.iter().position(hit).unwrap_or(0);
        // A few words before show where it stands.
        let from = at.saturating_sub(6);
        let cut = crate::text::excerpt(&words[from..].join(" "), max);
        if from == 0 { cut } else { format!("…{cut}") }
    }
}

/// Groups of digits as one; `00` before a country code is a `+`.
fn number(folded: &str) -> Option<String> {
    let grouped = folded.contains(' ') && folded.chars().all(|c| c.is_ascii_digit() || c == ' ');
    let digits: String = folded.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.strip_prefix("00").unwrap_or(&digits);
    (digits.len() >= 4
        && digits.len() <= 20
        && (grouped || folded.starts_with("00"))
        && !folded.contains(char::is_alphabetic))
    .then(|| digits.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        let check = |text: &str, expected: &str| assert_eq!(fold(text), expected);
        check("  Jörg MÜLLER-Lüdenscheid ", "jorg muller ludenscheid");
        check("Gdańsk, Łódź & Århus", "gdansk lodz arhus");
        check("Straße ﬁn Ǆ İstanbul ΑΘΉΝΑ", "strasse fin dz istanbul αθηνα");
        check("nora.lindqvist@acme.example", "nora lindqvist acme example");
        check("会議2026年", "会 議 2026 年");
        check("\u{0}'\"*()^:-+", "");
        check("👍", "");
        assert_eq!(fold(&"x".repeat(100)).len(), WORD_MAX);
        assert_eq!(fold("e\u{301}te\u{301}"), fold("été"));
    }

    #[test]
    fn queries() {
        let query = Query::parse("mül JÖR mul").unwrap();
        assert_eq!(query.words(), ["mul", "jor"]);
        assert!(query.finds("jorg muller"));
        assert!(!query.finds("jorg maller"));
        assert!(!Query::parse("*\"").unwrap().finds("anything"));
        assert_eq!(Query::parse(&"ü".repeat(200)).unwrap().words().len(), 1);
        assert_eq!(Query::parse(&"ü".repeat(201)).unwrap_err().code, Code::QueryTooLong);
        assert_eq!(Query::parse("0039 0461 171").unwrap().number(), Some("390461171"));
        assert_eq!(Query::parse("+39 0461").unwrap().number(), Some("390461"));
        assert_eq!(Query::parse("40 boxes").unwrap().number(), None);
    }

    #[test]
    fn excerpts_show_the_word() {
        let text = format!("{} the Gripper\nneeds a cable {}", "word ".repeat(50), "more ".repeat(50));
        let excerpt = Query::parse("gripp").unwrap().excerpt(&text, 80);
        assert!(excerpt.starts_with('…') && excerpt.contains("the Gripper needs"), "{excerpt}");
        assert_eq!(Query::parse("x").unwrap().excerpt("short text", 40), "short text");
    }
}
