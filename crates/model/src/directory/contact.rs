//! A contact: its fields (DIR-05), what is accepted in them, and by what it is found again.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::phone::{self, PhoneNumber, Region};
use crate::account::PersonBrief;
use crate::{AccountId, Code, ContactId, PhonebookId, Refusal, Time, search, text, words};

/// Characters of a name, a company or a title.
pub const LINE_MAX: usize = 120;
/// Characters of an extension or a short number.
pub const SHORT_MAX: usize = 20;
/// Characters of a phone number as typed.
pub const NUMBER_MAX: usize = 40;
/// Short numbers of one contact.
pub const SHORT_NUMBERS_MAX: usize = 10;
/// Characters of a note.
pub const NOTE_MAX: usize = 2_000;

words! {
    /// What a contact is to the telephone system; it decides which call class applies (DIR-06).
    pub enum ContactKind {
        /// Somebody of our own house.
        Internal = "internal",
        /// Somebody outside.
        External = "external",
        /// Always let through.
        Whitelist = "whitelist",
        /// Never let through.
        Blacklist = "blacklist",
    }
}

/// The numbers a contact can be called at.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct Numbers {
    /// At work.
    pub work: Option<PhoneNumber>,
    /// Wherever the person is.
    pub mobile: Option<PhoneNumber>,
    /// At home.
    pub home: Option<PhoneNumber>,
    /// The private mobile.
    pub home_mobile: Option<PhoneNumber>,
    /// The switchboard.
    pub main: Option<PhoneNumber>,
    /// The fax.
    pub fax: Option<PhoneNumber>,
}

impl Numbers {
    /// Those that are there.
    pub fn all(&self) -> impl Iterator<Item = &PhoneNumber> {
        [&self.work, &self.mobile, &self.home, &self.home_mobile, &self.main, &self.fax].into_iter().flatten()
    }
}

/// A contact as everybody sees it who sees its phonebook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct ContactView {
    /// The contact.
    pub id: ContactId,
    /// Where it is kept.
    pub phonebook_id: PhonebookId,
    /// The name.
    pub name: String,
    /// The company.
    pub company: Option<String>,
    /// What the person does there.
    pub title: Option<String>,
    /// The colleague who looks after the contact; calls can be routed there (DIR-07).
    pub owner: Option<PersonBrief>,
    /// Address of a picture on this server.
    pub picture: Option<String>,
    /// What it is to the telephone system.
    pub kind: ContactKind,
    /// The number inside of our own telephone system.
    pub extension: Option<String>,
    /// The numbers.
    pub numbers: Numbers,
    /// Numbers that dial the contact by a few digits.
    pub short_numbers: Vec<String>,
    /// The address.
    pub email: Option<String>,
    /// Whatever one should know.
    pub note: Option<String>,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub changed_at: Time,
}

/// What is to be different in a contact: what is absent stays, what is empty goes away.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export, optional_fields))]
pub struct ContactDraft {
    /// The name; a contact without one is called like its company.
    pub name: Option<String>,
    /// The company.
    pub company: Option<String>,
    /// What the person does there.
    pub title: Option<String>,
    /// The colleague who looks after the contact.
    pub owner_id: Option<AccountId>,
    /// What it is to the telephone system.
    pub kind: Option<ContactKind>,
    /// The number inside of our own telephone system.
    pub extension: Option<String>,
    /// At work.
    pub work: Option<String>,
    /// Wherever the person is.
    pub mobile: Option<String>,
    /// At home.
    pub home: Option<String>,
    /// The private mobile.
    pub home_mobile: Option<String>,
    /// The switchboard.
    pub main: Option<String>,
    /// The fax.
    pub fax: Option<String>,
    /// All short numbers.
    pub short_numbers: Option<Vec<String>>,
    /// The address.
    pub email: Option<String>,
    /// Whatever one should know.
    pub note: Option<String>,
}

/// What is kept of a contact, but who owns it and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The name, never empty once a draft was taken.
    pub name: String,
    /// The company.
    pub company: Option<String>,
    /// What the person does there.
    pub title: Option<String>,
    /// What it is to the telephone system.
    pub kind: ContactKind,
    /// The number inside of our own telephone system.
    pub extension: Option<String>,
    /// The numbers.
    pub numbers: Numbers,
    /// Numbers that dial the contact by a few digits.
    pub short_numbers: Vec<String>,
    /// The address, in the form it is compared in.
    pub email: Option<String>,
    /// Whatever one should know.
    pub note: Option<String>,
}

impl Contact {
    /// What a draft is put over when the contact is new.
    pub const EMPTY: Contact = Contact {
        name: String::new(),
        company: None,
        title: None,
        kind: ContactKind::External,
        extension: None,
        numbers: Numbers { work: None, mobile: None, home: None, home_mobile: None, main: None, fax: None },
        short_numbers: Vec::new(),
        email: None,
        note: None,
    };

    /// The contact with what a draft wants, or why it cannot be so; `details.field` names the field.
    ///
    /// # Errors
    /// [`Code::ContactNameless`], [`Code::FieldTooLong`], [`Code::InvalidEmail`], [`Code::InvalidNumber`],
    /// [`Code::TooManyNumbers`].
    pub fn change(mut self, draft: &ContactDraft, region: Option<Region>) -> Result<Contact, Refusal> {
        line(&draft.company, "company", LINE_MAX, &mut self.company)?;
        line(&draft.title, "title", LINE_MAX, &mut self.title)?;
        let mut name = Some(self.name).filter(|name| !name.is_empty());
        line(&draft.name, "name", LINE_MAX, &mut name)?;
        self.name = name.or_else(|| self.company.clone()).ok_or(Code::ContactNameless)?;
        self.kind = draft.kind.unwrap_or(self.kind);
        dialled(&draft.extension, "extension", &mut self.extension)?;
        number(&draft.work, "work", region, &mut self.numbers.work)?;
        number(&draft.mobile, "mobile", region, &mut self.numbers.mobile)?;
        number(&draft.home, "home", region, &mut self.numbers.home)?;
        number(&draft.home_mobile, "home_mobile", region, &mut self.numbers.home_mobile)?;
        number(&draft.main, "main", region, &mut self.numbers.main)?;
        number(&draft.fax, "fax", region, &mut self.numbers.fax)?;
        if let Some(wanted) = &draft.short_numbers {
            self.short_numbers = short_numbers(wanted)?;
        }
        if let Some(wanted) = &draft.email {
            let empty = wanted.trim().is_empty();
            let email = (!empty).then(|| text::email(wanted)).transpose();
            self.email = email.map_err(|refusal| Refusal::with(refusal.code, json!({ "field": "email" })))?;
        }
        if let Some(wanted) = &draft.note {
            let cleaned: String =
                wanted.replace("\r\n", "\n").chars().filter(|c| !c.is_control() || "\n\t".contains(*c)).collect();
            let note = cleaned.trim();
            if note.chars().count() > NOTE_MAX {
                return Err(too_long("note", NOTE_MAX));
            }
            self.note = Some(note.to_owned()).filter(|note| !note.is_empty());
        }
        Ok(self)
    }

    /// What a phonebook is sorted by.
    pub fn name_key(&self) -> String {
        search::fold(&self.name)
    }

    /// What makes two entries of a phonebook the same contact: the address, and the numbers (DIR-14). A number that
    /// no country is known for is compared by its digits.
    pub fn keys(&self) -> Vec<String> {
        let numbers = self.numbers.all().filter_map(|number| match &number.e164 {
            Some(e164) => Some(e164.clone()),
            None => {
                let digits = phone::digits(&number.typed);
                (digits.len() >= phone::NATIONAL_MIN).then(|| format!("~{digits}"))
            }
        });
        let mut keys: Vec<String> = self.email.iter().cloned().chain(numbers).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// What a search finds it by: every text, and every number as typed, by its digits and in international form.
    pub fn indexed(&self) -> String {
        let texts = [Some(&self.name), self.company.as_ref(), self.title.as_ref(), self.email.as_ref()];
        let mut all: Vec<String> = texts.into_iter().flatten().map(|text| search::fold(text)).collect();
        for number in self.numbers.all() {
            all.push(search::fold(&number.typed));
            all.push(phone::digits(&number.typed));
            all.extend(number.e164.as_ref().map(|e164| phone::digits(e164)));
        }
        all.extend(self.extension.iter().chain(&self.short_numbers).map(|short| search::fold(short)));
        all.retain(|text| !text.is_empty());
        all.join(" ")
    }
}

fn too_long(field: &str, max: usize) -> Refusal {
    Refusal::with(Code::FieldTooLong, json!({ "field": field, "max": max }))
}

fn line(wanted: &Option<String>, field: &str, max: usize, kept: &mut Option<String>) -> Result<(), Refusal> {
    if let Some(wanted) = wanted {
        let line = text::line(wanted, 0, max).ok_or_else(|| too_long(field, max))?;
        *kept = Some(line).filter(|line| !line.is_empty());
    }
    Ok(())
}

/// Digits, `*` and `#`: what can be dialled inside.
fn dialled(wanted: &Option<String>, field: &str, kept: &mut Option<String>) -> Result<(), Refusal> {
    line(wanted, field, SHORT_MAX, kept)?;
    if kept.as_ref().is_some_and(|short| !short.chars().all(|c| c.is_ascii_digit() || "*#".contains(c))) {
        return Err(Refusal::with(Code::InvalidNumber, json!({ "field": field })));
    }
    Ok(())
}

fn short_numbers(wanted: &[String]) -> Result<Vec<String>, Refusal> {
    if wanted.len() > SHORT_NUMBERS_MAX {
        return Err(Code::TooManyNumbers.into());
    }
    let mut kept: Vec<String> = Vec::with_capacity(wanted.len());
    for short in wanted {
        let mut one = None;
        dialled(&Some(short.clone()), "short_numbers", &mut one)?;
        kept.extend(one);
    }
    kept.sort_unstable();
    kept.dedup();
    Ok(kept)
}

fn number(
    wanted: &Option<String>,
    field: &str,
    region: Option<Region>,
    kept: &mut Option<PhoneNumber>,
) -> Result<(), Refusal> {
    if let Some(wanted) = wanted {
        let typed = text::line(wanted, 0, NUMBER_MAX).ok_or_else(|| too_long(field, NUMBER_MAX))?;
        if typed.is_empty() {
            *kept = None;
        } else if !typed.chars().any(|c| c.is_ascii_digit()) {
            return Err(Refusal::with(Code::InvalidNumber, json!({ "field": field })));
        } else {
            *kept = Some(PhoneNumber { e164: phone::e164(&typed, region), typed });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(change: impl FnOnce(&mut ContactDraft)) -> ContactDraft {
        let mut draft = ContactDraft { name: Some("Jörg Müller".to_owned()), ..ContactDraft::default() };
        change(&mut draft);
        draft
    }

    fn made(change: impl FnOnce(&mut ContactDraft)) -> Result<Contact, Refusal> {
        Contact::EMPTY.change(&draft(change), Region::of("IT"))
    }

    #[test]
    fn fields_are_cleaned_and_numbers_understood() {
        let contact = made(|draft| {
            draft.company = Some("  Nordfeld\n Robotik ".to_owned());
            draft.email = Some(" J.Mueller@Nordfeld.Example ".to_owned());
            draft.work = Some("0461 1715112".to_owned());
            draft.main = Some("+49 (0)40 / 1234-567".to_owned());
            draft.short_numbers = Some(vec!["81".to_owned(), " ".to_owned(), "81".to_owned()]);
            draft.note = Some(" Likes\r\n\u{7}calls ".to_owned());
        });
        let contact = contact.unwrap();
        assert_eq!(contact.company.as_deref(), Some("Nordfeld Robotik"));
        assert_eq!(contact.email.as_deref(), Some("j.mueller@nordfeld.example"));
        assert_eq!(contact.short_numbers, ["81"]);
        assert_eq!(contact.note.as_deref(), Some("Likes\ncalls"));
        assert_eq!(contact.keys(), ["+3904611715112", "+49401234567", "j.mueller@nordfeld.example"]);
        assert_eq!(contact.name_key(), "jorg muller");
        for word in ["jorg", "nordfeld", "04611715112", "3904611715112", "81"] {
            assert!(contact.indexed().split(' ').any(|indexed| indexed == word), "{word}: {}", contact.indexed());
        }
    }

    #[test]
    fn absent_stays_and_empty_goes() {
        let contact = made(|draft| draft.company = Some("Nordfeld".to_owned())).unwrap();
        let same = contact.clone().change(&ContactDraft::default(), None).unwrap();
        assert_eq!(same, contact);
        let gone = ContactDraft { name: Some(" ".to_owned()), company: Some(String::new()), ..ContactDraft::default() };
        assert_eq!(contact.clone().change(&gone, None).unwrap_err().code, Code::ContactNameless);
        let unnamed = ContactDraft { name: Some(String::new()), ..ContactDraft::default() };
        assert_eq!(contact.change(&unnamed, None).unwrap().name, "Nordfeld");
    }

    #[test]
    fn refused_fields_are_named() {
        let long = "x".repeat(3_000);
        let check = |code: Code, field: &str, refused: Result<Contact, Refusal>| {
            let refusal = refused.unwrap_err();
            assert_eq!((refusal.code, &refusal.details.unwrap()["field"]), (code, &json!(field)));
        };
        check(Code::FieldTooLong, "name", made(|draft| draft.name = Some(long.clone())));
        check(Code::FieldTooLong, "note", made(|draft| draft.note = Some(long.clone())));
        check(Code::FieldTooLong, "work", made(|draft| draft.work = Some(long.clone())));
        check(Code::InvalidNumber, "mobile", made(|draft| draft.mobile = Some("ask him".to_owned())));
        check(Code::InvalidNumber, "extension", made(|draft| draft.extension = Some("12a".to_owned())));
        check(Code::InvalidEmail, "email", made(|draft| draft.email = Some("nowhere".to_owned())));
        let many = made(|draft| draft.short_numbers = Some(vec!["1".to_owned(); 11]));
        assert_eq!(many.unwrap_err().code, Code::TooManyNumbers);
    }

    #[test]
    fn numbers_without_a_country_are_compared_by_digits() {
        let contact =
            Contact::EMPTY.change(&draft(|draft| draft.work = Some("040 / 123-456".to_owned())), None).unwrap();
        assert_eq!(contact.numbers.work.as_ref().unwrap().e164, None);
        assert_eq!(contact.keys(), ["~040123456"]);
    }
}
