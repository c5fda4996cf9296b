//! Mail: what the server writes to people, and how it leaves.
//!
//! A slice [`post`]s a letter in the transaction that decides on it. With a mail server configured a job delivers it;
//! without one it stays in the outbox, which administrators can read.

pub mod deliver;
pub mod list_mails;
pub mod mailer;
pub mod store;
pub mod texts;

use ::store::{Tx, jobs};
use model::mail::{MailKind, MailState};
use model::{MailId, OrganizationId, Time};

use crate::app::App;
use crate::http::routes::{Routes, get};

pub use mailer::{Mailer, Smtp};

/// The slice's addresses below `/api`.
pub fn router() -> Routes {
    Routes::new().route("/mails", get(list_mails::list_mails))
}

/// What is to be sent to whom.
pub struct Letter<'a> {
    /// Why.
    pub kind: MailKind,
    /// Whose mail it is, for administrators who read the outbox.
    pub organization_id: Option<OrganizationId>,
    /// The address.
    pub recipient: &'a str,
    /// What it says.
    pub text: texts::Text,
    /// The sign-in code it carries; kept for the demo's sign-in page only.
    pub code: Option<String>,
    /// After this it is of no use any more.
    pub deliver_until: Time,
}

/// Keeps a letter, and the job that delivers it.
///
/// # Errors
/// What the database says.
pub async fn post(tx: &mut Tx<'_>, cx: &App, letter: &Letter<'_>) -> ::store::Result<MailId> {
    let (id, now) = (cx.id(), tx.now());
    let state = if cx.mailer.is_some() { MailState::Waiting } else { MailState::Kept };
    let code = letter.code.clone().filter(|_| cx.demo);
    store::insert_mail(tx, id, letter, code, state, now).await?;
    if state == MailState::Waiting {
        let payload = id.to_string();
        jobs::enqueue(tx, deliver::JOB, &format!("mail:{payload}"), &payload, now).await?;
    }
    Ok(id)
}
