//! Mails that leave the server, as administrators see them.

use serde::{Deserialize, Serialize};

use crate::{MailId, Time, words};

words! {
    /// Why a mail is sent.
    pub enum MailKind {
        /// Somebody wants to sign in.
        SignInCode = "sign_in_code",
        /// Somebody is asked to join.
        Invitation = "invitation",
    }
}

words! {
    /// What became of a mail.
    pub enum MailState {
        /// It is being delivered, or tried again.
        Waiting = "waiting",
        /// The mail server took it.
        Sent = "sent",
        /// The mail server refused it for good, or it was too late.
        Failed = "failed",
        /// No mail server was configured; it stays here.
        Kept = "kept",
    }
}

/// A mail of the outbox.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct MailView {
    /// The mail.
    pub id: MailId,
    /// Why it is sent.
    pub kind: MailKind,
    /// To whom.
    pub recipient: String,
    /// One line; a sign-in code's digits are hidden.
    pub subject: String,
    /// Plain text; a sign-in code's digits are hidden.
    pub text: String,
    /// What became of it.
    pub state: MailState,
    /// Why the last try did not work.
    pub error: Option<String>,
    /// When it was written.
    pub created_at: Time,
    /// When the mail server took it.
    pub sent_at: Option<Time>,
}

/// The text with every run of six or more digits hidden: whoever reads a code can be anybody.
pub fn without_codes(text: &str) -> String {
    let mut hidden = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().map(Some).chain([None]) {
        match c {
            Some(c) if c.is_ascii_digit() => digits.push(c),
            other => {
                if digits.len() >= 6 {
                    hidden.extend(digits.drain(..).map(|_| '•'));
                } else {
                    hidden.push_str(&digits);
                    digits.clear();
                }
                hidden.extend(other);
            }
        }
    }
    hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_hidden() {
        assert_eq!(without_codes("482913 is your sign-in code"), "•••••• is your sign-in code");
        assert_eq!(without_codes("in 10 minutes:\n    482913"), "in 10 minutes:\n    ••••••");
        assert_eq!(without_codes("12345 1234567"), "12345 •••••••");
    }
}
