//! Every statement of the program in one list, so that one test can check all of them on both engines.

use crate::{Db, Engine, Error};

/// A statement, and where it stands.
#[derive(Debug)]
pub struct Statement {
    /// The text.
    pub sql: &'static str,
    /// The file.
    pub file: &'static str,
    /// The line.
    pub line: u32,
    /// The only engine it is for; none when it is for both.
    pub only: Option<Engine>,
}

/// All statements of the program that is running.
#[linkme::distributed_slice]
#[allow(unsafe_code, reason = "linkme names a link section, see `sql!`")]
pub static STATEMENTS: [Statement];

/// A statement: evaluates to its text and notes it in the list.
///
/// `sql!("…")` is for both engines, `sql!(sqlite "…")` and `sql!(postgres "…")` for one.
#[macro_export]
macro_rules! sql {
    ($text:expr) => { $crate::sql!(@ ::std::option::Option::None, $text) };
    (sqlite $text:expr) => { $crate::sql!(@ ::std::option::Option::Some($crate::Engine::Sqlite), $text) };
    (postgres $text:expr) => { $crate::sql!(@ ::std::option::Option::Some($crate::Engine::Postgres), $text) };
    (@ $only:expr, $text:expr) => {{
        #[$crate::linkme::distributed_slice($crate::STATEMENTS)]
        #[linkme(crate = $crate::linkme)]
        // linkme gathers by naming a section of the binary. That is sound when only `Statement`s are placed there,
        // which linkme's types enforce.
        #[allow(unsafe_code, reason = "linkme names a link section")]
        static STATEMENT: $crate::Statement =
            $crate::Statement { sql: $text, file: file!(), line: line!(), only: $only };
        STATEMENT.sql
    }};
}

/// Lets the engine check every statement of the program and returns those that it refuses, with file and line.
///
/// # Errors
/// When the database cannot be asked at all.
pub async fn prepare_all(db: &Db) -> Result<Vec<String>, Error> {
    let mut refused = Vec::new();
    for statement in STATEMENTS.iter().filter(|statement| statement.only.is_none_or(|only| only == db.engine())) {
        // A transaction of its own: PostgreSQL checks nothing more after a refusal.
        let checked = db.read(async move |tx| tx.prepare(statement.sql).await).await;
        match checked {
            Ok(()) => {}
            Err(error @ (Error::Closed | Error::Overloaded | Error::Unreachable { .. })) => return Err(error),
            Err(error) => refused.push(format!("{}:{}: {error}", statement.file, statement.line)),
        }
    }
    Ok(refused)
}
