//! Texts that people type: what is accepted, and in which form it is kept.

use crate::{Code, Refusal};

/// Characters of a person's name, 1 to this.
pub const NAME_MAX: usize = 80;
/// Characters of a conversation's title, 1 to this.
pub const TITLE_MAX: usize = 120;
/// Characters of a description.
pub const DESCRIPTION_MAX: usize = 500;
/// Characters of feedback, 1 to this.
pub const FEEDBACK_MAX: usize = 4_000;
/// Bytes of an email address (RFC 5321, section 4.5.3.1.3, less the angle brackets).
pub const EMAIL_MAX: usize = 254;

/// The languages the product speaks, the first is the fallback.
pub const LANGUAGES: [&str; 5] = ["en", "it", "es", "de", "fr"];

/// An email address in the one form it is compared and kept in: trimmed and lower-case.
///
/// # Errors
/// [`Code::InvalidEmail`] when it is not `local@domain.tld`.
pub fn email(text: &str) -> Result<String, Refusal> {
    let text = text.trim();
    let parts = text.rsplit_once('@');
    let plausible = text.len() <= EMAIL_MAX
        && !text.chars().any(|c| c.is_whitespace() || c.is_control() || "<>,;:\"()[]\\".contains(c))
        && parts.is_some_and(|(local, host)| {
            !local.is_empty() && local.len() <= 64 && !local.contains('@') && domain(host).is_ok()
        });
    if plausible { Ok(text.to_lowercase()) } else { Err(Code::InvalidEmail.into()) }
}

/// A name for whoever has this address, until they say their own: `nora.lindqvist@…` is Nora Lindqvist.
pub fn name_of_email(email: &str) -> String {
    let local = email.split(['@', '+']).next().unwrap_or_default();
    let words = local.split(['.', '_', '-']).filter(|word| !word.is_empty()).map(|word| {
        let mut letters = word.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<String>()
    });
    let name = words.collect::<Vec<_>>().join(" ");
    line(&name, 1, NAME_MAX).unwrap_or_else(|| email.chars().take(NAME_MAX).collect())
}

/// A domain name in lower case, such as `example.com`.
///
/// # Errors
/// [`Code::InvalidDomain`] when it has no dot, an empty label or a character other than letters, digits and hyphens.
pub fn domain(text: &str) -> Result<String, Refusal> {
    let text = text.trim().trim_end_matches('.').to_lowercase();
    let label_fits = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c.is_alphanumeric() || c == '-')
    };
    if text.len() <= 253 && text.contains('.') && text.split('.').all(label_fits) {
        Ok(text)
    } else {
        Err(Code::InvalidDomain.into())
    }
}

/// A person's or an organization's name, trimmed, without control characters.
///
/// # Errors
/// [`Code::InvalidName`] outside 1 to [`NAME_MAX`] characters.
pub fn name(text: &str) -> Result<String, Refusal> {
    line(text, 1, NAME_MAX).ok_or_else(|| Code::InvalidName.into())
}

/// A conversation's title.
///
/// # Errors
/// [`Code::InvalidTitle`] outside 1 to [`TITLE_MAX`] characters.
pub fn title(text: &str) -> Result<String, Refusal> {
    line(text, 1, TITLE_MAX).ok_or_else(|| Code::InvalidTitle.into())
}

/// A conversation's description; empty is `None`.
///
/// # Errors
/// [`Code::DescriptionTooLong`] above [`DESCRIPTION_MAX`] characters.
pub fn description(text: &str) -> Result<Option<String>, Refusal> {
    let kept = line(text, 0, DESCRIPTION_MAX).ok_or(Code::DescriptionTooLong)?;
    Ok(Some(kept).filter(|text| !text.is_empty()))
}

/// What somebody tells about the product: lines, without other control characters.
///
/// # Errors
/// [`Code::FeedbackEmpty`] outside 1 to [`FEEDBACK_MAX`] characters.
pub fn feedback(text: &str) -> Result<String, Refusal> {
    let kept: String = text.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || "\n\t".contains(*c)).collect();
    let kept = kept.trim();
    if (1..=FEEDBACK_MAX).contains(&kept.chars().count()) {
        Ok(kept.to_owned())
    } else {
        Err(Code::FeedbackEmpty.into())
    }
}

/// One of [`LANGUAGES`].
///
/// # Errors
/// [`Code::InvalidLanguage`] for any other text.
pub fn language(text: &str) -> Result<String, Refusal> {
    if LANGUAGES.contains(&text) { Ok(text.to_owned()) } else { Err(Code::InvalidLanguage.into()) }
}

/// One line: white space and control characters become single spaces, and the length in characters is checked.
pub fn line(text: &str, min: usize, max: usize) -> Option<String> {
    let cleaned = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let cleaned = cleaned.collect::<Vec<_>>().join(" ");
    (min..=max).contains(&cleaned.chars().count()).then_some(cleaned)
}

/// Marks of direction, separators of lines, and what has no width: they only serve to deceive in a name.
pub fn invisible(c: char) -> bool {
    matches!(c, '\u{061c}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// The beginning of a text for a preview, cut at a character and marked with `…`.
pub fn excerpt(text: &str, max: usize) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.char_indices().nth(max) {
        None => flat,
        Some((cut, _)) => format!("{}…", flat[..cut].trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails() {
        assert_eq!(email(" Nora@Acme.Example ").unwrap(), "nora@acme.example");
        for bad in [
            "",
            "nora",
            "nora@acme",
            "@acme.example",
            "a b@acme.example",
            "a@b@acme..example",
            "<a@acme.example>",
            "a\n@acme.example",
        ] {
            assert_eq!(email(bad).unwrap_err().code, Code::InvalidEmail, "{bad}");
        }
        assert!(email(&format!("{}@acme.example", "x".repeat(300))).is_err());
    }

    #[test]
    fn names_of_emails() {
        assert_eq!(name_of_email("nora.lindqvist@acme.example"), "Nora Lindqvist");
        assert_eq!(name_of_email("élodie_d-arc+work@acme.example"), "Élodie D Arc");
        assert_eq!(name_of_email("...@acme.example"), "...@acme.example");
    }

    #[test]
    fn lines_are_cleaned_and_counted_in_characters() {
        assert_eq!(name("  Zoë \n\t Ümit ").unwrap(), "Zoë Ümit");
        assert!(name(" \n ").is_err());
        assert_eq!(title(&"ü".repeat(120)).unwrap().chars().count(), 120);
        assert!(title(&"ü".repeat(121)).is_err());
        assert_eq!(description("  ").unwrap(), None);
    }

    #[test]
    fn excerpts_cut_at_characters() {
        assert_eq!(excerpt("one  two\nthree", 80), "one two three");
        assert_eq!(excerpt("äöü", 2), "äö…");
    }
}
