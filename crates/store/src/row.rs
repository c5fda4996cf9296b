//! Parameters on the way in, rows on the way out.

use crate::value::{Param, Sql, Value};
use crate::{Error, Result};

/// The parameters of a statement: `()`, or a tuple of 1 to 16 references.
pub trait Params {
    /// As values, `$1` first.
    fn values(&self) -> impl AsRef<[Value<'_>]>;
}

/// What a row becomes: a tuple of 1 to 12 columns, or a struct made by [`row!`](crate::row).
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a row",
    note = "a row is a tuple such as `(i64,)`, or a struct declared with `store::row!`"
)]
pub trait Row: Sized {
    /// Reads the columns in order.
    ///
    /// # Errors
    /// [`Error::Decode`] when a column is missing or holds something else.
    fn read(columns: &mut Columns<'_>) -> Result<Self>;
}

/// The columns of one row, read from left to right.
pub struct Columns<'a> {
    cells: Cells<'a>,
    next: usize,
}

pub(crate) enum Cells<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl<'a> Columns<'a> {
    /// The next column.
    ///
    /// # Errors
    /// [`Error::Decode`] when there is none, or it holds something else than `T`.
    pub fn read<T: Sql>(&mut self) -> Result<T> {
        let at = self.next;
        self.next += 1;
        let taken = match &self.cells {
            Cells::Sqlite(row) => crate::sqlite::cell(row, at).and_then(T::take),
            Cells::Postgres(row) => crate::postgres::cell(row, at).and_then(T::take),
        };
        taken.map_err(|mismatch| Error::Decode { column: self.name(at), reason: mismatch.0 })
    }

    /// Compares the columns' names with the fields of a struct. Called by [`row!`](crate::row) in debug builds.
    ///
    /// # Errors
    /// [`Error::Decode`] when they differ.
    pub fn check(&self, fields: &[&str]) -> Result<()> {
        let names: Vec<String> = (0..self.count()).map(|at| self.name(at)).collect();
        if names == fields {
            return Ok(());
        }
        let reason = format!("the statement gives {names:?}, the struct has {fields:?}");
        Err(Error::Decode { column: "*".into(), reason })
    }

    pub(crate) fn new(cells: Cells<'a>) -> Self {
        Self { cells, next: 0 }
    }

    /// A column that nobody reads is a mistake in the statement.
    pub(crate) fn finish(&self) -> Result<()> {
        if self.next == self.count() {
            return Ok(());
        }
        let reason = format!("the statement gives {} columns, {} are read", self.count(), self.next);
        Err(Error::Decode { column: "*".into(), reason })
    }

    fn count(&self) -> usize {
        match &self.cells {
            Cells::Sqlite(row) => row.as_ref().column_count(),
            Cells::Postgres(row) => row.len(),
        }
    }

    fn name(&self, at: usize) -> String {
        let name = match &self.cells {
            Cells::Sqlite(row) => row.as_ref().column_name(at).ok().map(str::to_owned),
            Cells::Postgres(row) => row.columns().get(at).map(|column| column.name().to_owned()),
        };
        name.unwrap_or_else(|| at.to_string())
    }
}

/// Declares a struct whose fields are the columns of a statement, in order.
///
/// Debug builds compare the names too; name a computed column with `as`. Derives `Debug`, `Clone` and `PartialEq`.
///
/// ```
/// store::row! {
///     /// Somebody.
///     pub struct Person { pub id: model::AccountId, pub name: String, pub title: Option<String> }
/// }
/// # use waggle_store as store; fn main() {}
/// ```
#[macro_export]
macro_rules! row {
    ($(#[$attribute:meta])* $vis:vis struct $name:ident {
        $($(#[$field_attribute:meta])* $field_vis:vis $field:ident: $type:ty),+ $(,)?
    }) => {
        $(#[$attribute])*
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs, reason = "the fields are the columns")]
        $vis struct $name { $($(#[$field_attribute])* $field_vis $field: $type),+ }

        impl $crate::Row for $name {
            fn read(columns: &mut $crate::Columns<'_>) -> $crate::Result<Self> {
                if cfg!(debug_assertions) {
                    columns.check(&[$(stringify!($field)),+])?;
                }
                Ok(Self { $($field: columns.read()?),+ })
            }
        }
    };
}

impl Params for () {
    fn values(&self) -> impl AsRef<[Value<'_>]> {
        [Value::Null; 0]
    }
}

macro_rules! params {
    ($($letter:ident)+) => {
        impl<'p, $($letter: Param + ?Sized),+> Params for ($(&'p $letter,)+) {
            #[allow(non_snake_case, reason = "a type and its value share the letter")]
            fn values(&self) -> impl AsRef<[Value<'_>]> {
                let ($($letter,)+) = self;
                [$($letter.put()),+]
            }
        }
    };
}

macro_rules! rows {
    ($($letter:ident)+) => {
        impl<$($letter: Sql),+> Row for ($($letter,)+) {
            fn read(columns: &mut Columns<'_>) -> Result<Self> {
                Ok(($(columns.read::<$letter>()?,)+))
            }
        }
    };
}

params!(A);
params!(A B);
params!(A B C);
params!(A B C D);
params!(A B C D E);
params!(A B C D E F);
params!(A B C D E F G);
params!(A B C D E F G H);
params!(A B C D E F G H I);
params!(A B C D E F G H I J);
params!(A B C D E F G H I J K);
params!(A B C D E F G H I J K L);
params!(A B C D E F G H I J K L M);
params!(A B C D E F G H I J K L M N);
params!(A B C D E F G H I J K L M N O);
params!(A B C D E F G H I J K L M N O P);

rows!(A);
rows!(A B);
rows!(A B C);
rows!(A B C D);
rows!(A B C D E);
rows!(A B C D E F);
rows!(A B C D E F G);
rows!(A B C D E F G H);
rows!(A B C D E F G H I);
rows!(A B C D E F G H I J);
rows!(A B C D E F G H I J K);
rows!(A B C D E F G H I J K L);
