//! Enums that are one word: in a row, on the wire and in TypeScript the same text.

/// A closed set of words. Made by [`words!`](crate::words).
pub trait Word: Copy + Sized + 'static {
    /// Every member, in the order of declaration.
    const ALL: &'static [Self];
    /// The word, lower-case with underscores.
    fn word(self) -> &'static str;
    /// The member of this word.
    fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|member| member.word() == word)
    }
}

/// Declares an enum of words with serde, TypeScript and [`Word`].
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident { $($(#[$member_doc:meta])* $member:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[cfg_attr(feature = "ts", derive(ts_rs::TS, schemars::JsonSchema), ts(export))]
        pub enum $name { $($(#[$member_doc])* #[serde(rename = $word)] $member,)+ }

        impl $crate::word::Word for $name {
            const ALL: &'static [Self] = &[$(Self::$member,)+];
            fn word(self) -> &'static str {
                match self { $(Self::$member => $word,)+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str($crate::word::Word::word(*self))
            }
        }
    };
}
