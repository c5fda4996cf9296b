//! Phonebooks and contacts: what is kept of somebody who does not work here, and how it gets in.

pub mod contact;
pub mod import;
pub mod phone;
pub mod phonebook;

pub use contact::{Contact, ContactDraft, ContactKind, ContactView, Numbers};
pub use import::{
    ImportField, ImportFormat, ImportPreview, ImportRow, ImportState, ImportView, PreviewColumn, RefusedRow,
};
pub use phone::{PhoneNumber, Region};
pub use phonebook::{PhonebookKind, PhonebookView};
