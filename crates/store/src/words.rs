//! The enums of `model` that stand in rows as one word.
//!
//! A blanket `impl<T: model::Word> Sql for T` is refused by the compiler, because `model` might one day call an
//! integer a word. So they are listed; a new enum of `model` that stands in a row gets a line here.

/// Lets enums that implement [`model::Word`] be parameters and columns of texts.
#[macro_export]
macro_rules! sql_words {
    ($($word:ty),+ $(,)?) => { $(
        impl $crate::Param for $word {
            fn put(&self) -> $crate::Value<'_> {
                $crate::Value::Text(::std::borrow::Cow::Borrowed($crate::model::Word::word(*self)))
            }
        }

        impl $crate::Sql for $word {
            fn take(value: $crate::Value<'_>) -> ::std::result::Result<Self, $crate::Mismatch> {
                $crate::take_word(value)
            }
        }
    )+ };
}

sql_words!(
    model::access::Capability,
    model::access::Permission,
    model::access::Plan,
    model::access::Role,
    model::account::MemberState,
    model::account::Theme,
    model::chat::ConversationKind,
    model::chat::ExportFormat,
    model::chat::ExportState,
    model::chat::MessageKind,
    model::mail::MailKind,
    model::mail::MailState,
    model::directory::ContactKind,
    model::directory::ImportFormat,
    model::directory::ImportState,
    model::directory::PhonebookKind,
    model::presence::Presence,
    model::presence::Show,
);

/// The word of a cell, for [`sql_words!`].
#[doc(hidden)]
pub fn take_word<T: model::Word>(value: crate::Value<'_>) -> Result<T, crate::Mismatch> {
    match value {
        crate::Value::Text(word) => {
            T::from_word(&word).ok_or_else(|| crate::Mismatch(format!("{word:?} is not a word that is known here")))
        }
        other => Err(crate::value::expected("a word", &other)),
    }
}
