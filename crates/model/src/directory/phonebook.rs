//! A phonebook: a list of contacts that a whole organization shares, or that one person keeps.

use serde::{Deserialize, Serialize};

use crate::{Code, PhonebookId, Refusal, words};

/// Shared phonebooks of an organization, and personal ones of a person.
pub const PHONEBOOKS_MAX: i64 = 100;
/// Contacts of one phonebook.
pub const CONTACTS_MAX: i64 = 100_000;

words! {
    /// Whose a phonebook is.
    pub enum PhonebookKind {
        /// Everybody in the organization sees it; who has the permission changes it (DIR-07).
        Shared = "shared",
        /// Its owner sees and changes it, nobody else knows of it.
        Personal = "personal",
    }
}

/// A phonebook as one person sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct PhonebookView {
    /// The phonebook.
    pub id: PhonebookId,
    /// Its name.
    pub name: String,
    /// Whose it is.
    pub kind: PhonebookKind,
    /// How many contacts it has.
    pub contact_count: i64,
    /// Whether the viewer may change it and its contacts.
    pub may_edit: bool,
}

/// Whether one more phonebook may be made.
///
/// # Errors
/// [`Code::TooManyPhonebooks`].
pub fn may_add_phonebook(present: i64) -> Result<(), Refusal> {
    if present < PHONEBOOKS_MAX { Ok(()) } else { Err(Code::TooManyPhonebooks.into()) }
}

/// Whether one more contact fits.
///
/// # Errors
/// [`Code::PhonebookFull`].
pub fn may_add_contact(present: i64) -> Result<(), Refusal> {
    if present < CONTACTS_MAX { Ok(()) } else { Err(Code::PhonebookFull.into()) }
}

/// Whether the name was repeated as it is, by somebody who is about to delete all that is in it.
///
/// # Errors
/// [`Code::NameNotRepeated`].
pub fn repeated(name: &str, typed: &str) -> Result<(), Refusal> {
    if typed.trim() == name { Ok(()) } else { Err(Code::NameNotRepeated.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits() {
        assert!(may_add_phonebook(99).is_ok());
        assert_eq!(may_add_phonebook(100).unwrap_err().code, Code::TooManyPhonebooks);
        assert_eq!(may_add_contact(CONTACTS_MAX).unwrap_err().code, Code::PhonebookFull);
    }

    #[test]
    fn a_name_is_repeated_exactly() {
        assert!(repeated("Customers", " Customers ").is_ok());
        assert_eq!(repeated("Customers", "customers").unwrap_err().code, Code::NameNotRepeated);
    }
}
