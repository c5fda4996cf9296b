//! The server: slices of the product, and what they stand on.
//!
//! A slice is a folder with a `mod.rs` (what it is for, then its router as a table of contents), one file per use
//! case (request, handler, tests) and a `store.rs` with every SQL statement of its tables.
//! A handler reads: may I, decide, remember, tell.

pub mod access;
pub mod accounts;
pub mod answer;
pub mod app;
pub mod chat;
pub mod cli;
pub mod config;
pub mod demo;
pub mod directory;
pub mod exports;
pub mod feedback;
pub mod files;
pub mod front;
pub mod html;
pub mod http;
pub mod jobs;
pub mod live;
pub mod mail;
pub mod members;
pub mod openid;
pub mod outgoing;
pub mod previews;
pub mod random;
pub mod search;
pub mod tokens;

#[cfg(test)]
mod journeys;
#[cfg(test)]
pub(crate) mod test_server;
#[cfg(test)]
pub(crate) mod wire;

#[cfg(test)]
mod tests {
    use store::testing::TestDb;

    store::both! {
        async fn every_statement_is_understood(db: TestDb) {
            let refused = store::prepare_all(&db).await.expect("the database answers");
            assert_eq!(refused, Vec::<String>::new());
            assert!(store::STATEMENTS.len() > 50, "the statements of the program are listed");
        }
    }
    #[test]
    fn both_engines_have_the_same_tables() {
        store::testing::on_each(store::migrations::MIGRATIONS, async |sqlite, postgres| {
            let differences = store::testing::differences(&sqlite, &postgres).await.expect("both can be looked at");
            assert_eq!(differences, Vec::<String>::new());
        });
    }

    #[test]
    fn the_example_configuration_is_current() {
        let committed = include_str!("../../../config.example.toml");
        assert_eq!(committed, crate::config::example(), "run: waggle config-example > config.example.toml");
    }
}
