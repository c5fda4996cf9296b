//! Presence: what a person says of themselves, and what others see of it.

use serde::{Deserialize, Serialize};

use crate::{Code, Refusal, Time, words};

/// Characters of a status message (PRES-05).
pub const STATUS_MAX: usize = 100;

words! {
    /// What a person chose (PRES-01).
    pub enum Show {
        /// Calls and chats ring.
        Available = "available",
        /// Calls ring, chats wait.
        Away = "away",
        /// Nothing rings.
        Dnd = "dnd",
    }
}

words! {
    /// What others see: the choice while a client is connected, `offline` otherwise (PRES-02).
    pub enum Presence {
        /// Connected and available.
        Available = "available",
        /// Connected and away.
        Away = "away",
        /// Connected and not to be disturbed.
        Dnd = "dnd",
        /// No client is connected.
        Offline = "offline",
    }
}

/// A person's own status, the same on all their clients.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
pub struct Status {
    /// The choice.
    pub show: Show,
    /// Some words, at most [`STATUS_MAX`] characters.
    pub message: Option<String>,
    /// When the server removes the words.
    pub clears_at: Option<Time>,
}

impl Status {
    /// What a person has before choosing anything.
    pub const INITIAL: Status = Status { show: Show::Available, message: None, clears_at: None };

    /// Checks a wish: words are one line of at most 100 characters, and they are cleared in the future or never.
    ///
    /// # Errors
    /// [`Code::StatusTooLong`], [`Code::ClearsInThePast`].
    pub fn check(show: Show, message: Option<&str>, clears_at: Option<Time>, now: Time) -> Result<Status, Refusal> {
        let message = crate::text::line(message.unwrap_or_default(), 0, STATUS_MAX).ok_or(Code::StatusTooLong)?;
        let message = Some(message).filter(|text| !text.is_empty());
        if clears_at.is_some_and(|at| at <= now) {
            return Err(Code::ClearsInThePast.into());
        }
        Ok(Status { show, clears_at: clears_at.filter(|_| message.is_some()), message })
    }

    /// The status at this moment: the words are gone once their time has come.
    pub fn at(self, now: Time) -> Status {
        match self.clears_at {
            Some(at) if at <= now => Status { message: None, clears_at: None, ..self },
            _ => self,
        }
    }

    /// What others see.
    pub fn seen(&self, connected: bool) -> Presence {
        match (connected, self.show) {
            (false, _) => Presence::Offline,
            (true, Show::Available) => Presence::Available,
            (true, Show::Away) => Presence::Away,
            (true, Show::Dnd) => Presence::Dnd,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Time = Time::from_millis(1_000);
    const LATER: Time = Time::from_millis(2_000);

    #[test]
    fn words_are_limited_and_clear_themselves() {
        let status = Status::check(Show::Away, Some(" at the  fair "), Some(LATER), NOW).unwrap();
        assert_eq!(status.message.as_deref(), Some("at the fair"));
        assert_eq!(status.clone().at(NOW).message.as_deref(), Some("at the fair"));
        assert_eq!(status.at(LATER), Status { show: Show::Away, message: None, clears_at: None });
    }

    #[test]
    fn refused() {
        let long = "x".repeat(101);
        assert_eq!(Status::check(Show::Away, Some(&long), None, NOW).unwrap_err().code, Code::StatusTooLong);
        assert_eq!(Status::check(Show::Away, Some("x"), Some(NOW), NOW).unwrap_err().code, Code::ClearsInThePast);
        assert_eq!(Status::check(Show::Away, None, Some(LATER), NOW).unwrap().clears_at, None);
    }
}
