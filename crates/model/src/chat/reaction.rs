//! Reactions: one emoji of one person on one message.

use crate::{Code, Refusal};

/// Different emoji on one message.
pub const DIFFERENT_MAX: usize = 50;

/// Whether this text is one emoji: up to 10 code points, none of them a letter, white space or control character.
///
/// # Errors
/// [`Code::InvalidReaction`].
pub fn emoji(text: &str) -> Result<&str, Refusal> {
    let pictures = text.chars().any(is_picture);
    let joined = text.chars().all(|c| {
        is_picture(c)
            || matches!(c, '\u{200d}' | '\u{fe0f}' | '\u{20e3}' | '0'..='9' | '#' | '*' | '\u{e0020}'..='\u{e007f}')
    });
    let keycap = text.ends_with('\u{20e3}') && text.chars().count() <= 3;
    if joined && (pictures || keycap) && text.chars().count() <= 10 {
        Ok(text)
    } else {
        Err(Code::InvalidReaction.into())
    }
}

/// The blocks in which emoji live.
fn is_picture(c: char) -> bool {
    matches!(u32::from(c), 0x00A9 | 0x00AE | 0x203C | 0x2049 | 0x2122 | 0x2139 | 0x2190..=0x21FF | 0x2300..=0x23FF | 0x24C2
        | 0x25A0..=0x27BF | 0x2900..=0x297F | 0x2B00..=0x2BFF | 0x3030 | 0x303D | 0x3297 | 0x3299 | 0x1F000..=0x1FAFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_and_what_is_none() {
        for good in ["👍", "❤️", "👩🏽‍💻", "🇮🇹", "1️⃣", "🎉"] {
            assert!(emoji(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "1", "ok", "👍 ", "👍\n", "<b>", &"👍".repeat(11), "\u{202e}"] {
            assert!(emoji(bad).is_err(), "{bad}");
        }
    }
}
