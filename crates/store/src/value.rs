//! One kind of value for both engines, and how the program's types become one and come back.
//!
//! What differs between the engines is decided by the column, not by the caller: a `bool` is an integer on its way,
//! and PostgreSQL's side of the layer turns it into a boolean where the statement's parameter is one; an id is
//! sixteen bytes, which become a `uuid` there.

use std::borrow::Cow;

use model::{Id, Time};
use uuid::Uuid;

/// A parameter or a cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    /// No value.
    Null,
    /// Every integer, a `bool` (0 or 1) and a [`Time`] (milliseconds since 1970 in UTC).
    Int(i64),
    /// A floating-point number.
    Real(f64),
    /// A text.
    Text(Cow<'a, str>),
    /// Bytes, and an id (16 bytes).
    Blob(Cow<'a, [u8]>),
}

impl Value<'_> {
    /// What it is, for error messages. The content stays out of logs.
    pub fn kind(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Int(_) => "an integer",
            Value::Real(_) => "a floating-point number",
            Value::Text(_) => "a text",
            Value::Blob(_) => "bytes",
        }
    }
}

/// A cell held something else than the type takes; a sentence on what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch(pub String);

/// What can be given to a statement.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a parameter of a statement",
    note = "an enum made by `model::words!` is listed in crates/store/src/words.rs; one of your own crate takes `store::sql_words!(Type);`"
)]
pub trait Param {
    /// As a value; borrows texts and bytes.
    fn put(&self) -> Value<'_>;
}

/// What can be given to a statement and read from a row.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a column",
    note = "an enum made by `model::words!` is listed in crates/store/src/words.rs; one of your own crate takes `store::sql_words!(Type);`"
)]
pub trait Sql: Param + Sized {
    /// From a cell.
    ///
    /// # Errors
    /// When the cell holds something else; the layer adds the column's name.
    fn take(value: Value<'_>) -> Result<Self, Mismatch>;
}

impl<T: Param + ?Sized> Param for &T {
    fn put(&self) -> Value<'_> {
        (**self).put()
    }
}

impl<T: Param> Param for Option<T> {
    fn put(&self) -> Value<'_> {
        self.as_ref().map_or(Value::Null, Param::put)
    }
}

impl<T: Sql> Sql for Option<T> {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Ok(None),
            value => T::take(value).map(Some),
        }
    }
}

impl Param for i64 {
    fn put(&self) -> Value<'_> {
        Value::Int(*self)
    }
}

impl Sql for i64 {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        match value {
            Value::Int(int) => Ok(int),
            other => Err(expected("an integer", &other)),
        }
    }
}

impl Param for i32 {
    fn put(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}

impl Sql for i32 {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        i64::take(value)?.try_into().map_err(|_| Mismatch("expected an integer of 32 bits".into()))
    }
}

impl Param for bool {
    fn put(&self) -> Value<'_> {
        Value::Int(i64::from(*self))
    }
}

impl Sql for bool {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        match value {
            Value::Int(0) => Ok(false),
            Value::Int(1) => Ok(true),
            other => Err(expected("true, false, 0 or 1", &other)),
        }
    }
}

impl Param for f64 {
    fn put(&self) -> Value<'_> {
        Value::Real(*self)
    }
}

impl Sql for f64 {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        match value {
            Value::Real(real) => Ok(real),
            // SQLite's expressions give an integer where PostgreSQL's give a float.
            Value::Int(int) => Ok(int as f64),
            other => Err(expected("a number", &other)),
        }
    }
}

impl Param for str {
    fn put(&self) -> Value<'_> {
        Value::Text(Cow::Borrowed(self))
    }
}

impl Param for String {
    fn put(&self) -> Value<'_> {
        self.as_str().put()
    }
}

impl Sql for String {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        match value {
            Value::Text(text) => Ok(text.into_owned()),
            other => Err(expected("a text", &other)),
        }
    }
}

impl Param for [u8] {
    fn put(&self) -> Value<'_> {
        Value::Blob(Cow::Borrowed(self))
    }
}

impl<const N: usize> Param for [u8; N] {
    fn put(&self) -> Value<'_> {
        self.as_slice().put()
    }
}

impl<const N: usize> Sql for [u8; N] {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        let bytes = blob(&value)?;
        bytes.try_into().map_err(|_| Mismatch(format!("expected {N} bytes, found {}", bytes.len())))
    }
}

impl Param for Vec<u8> {
    fn put(&self) -> Value<'_> {
        self.as_slice().put()
    }
}

impl Sql for Vec<u8> {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        match value {
            Value::Blob(bytes) => Ok(bytes.into_owned()),
            other => Err(expected("bytes", &other)),
        }
    }
}

impl Param for Uuid {
    fn put(&self) -> Value<'_> {
        self.as_bytes().put()
    }
}

impl Sql for Uuid {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        Uuid::from_slice(blob(&value)?).map_err(|_| Mismatch("expected the 16 bytes of an id".into()))
    }
}

impl<K> Param for Id<K> {
    fn put(&self) -> Value<'_> {
        // `Id::uuid` gives a copy, so the bytes cannot be borrowed from the id.
        Value::Blob(Cow::Owned(self.uuid().into_bytes().to_vec()))
    }
}

impl<K> Sql for Id<K> {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        Uuid::take(value).map(Id::from_uuid)
    }
}

impl Param for Time {
    fn put(&self) -> Value<'_> {
        Value::Int(self.millis())
    }
}

impl Sql for Time {
    fn take(value: Value<'_>) -> Result<Self, Mismatch> {
        i64::take(value).map(Time::from_millis)
    }
}

/// What [`Sql::take`] says when it found something else.
pub fn expected(wanted: &str, found: &Value<'_>) -> Mismatch {
    Mismatch(format!("expected {wanted}, found {}", found.kind()))
}

fn blob<'a>(value: &'a Value<'_>) -> Result<&'a [u8], Mismatch> {
    match value {
        Value::Blob(bytes) => Ok(bytes),
        other => Err(expected("bytes", other)),
    }
}
