//! Where the engines need different texts. Everything else is one text.

use std::fmt::Write as _;

use crate::{Engine, sql};

/// Takes due jobs: `$1` now, `$2` end of the lease, `$3` kinds as a JSON array, `$4` how many at most.
///
/// PostgreSQL skips jobs that another node takes at this moment; SQLite has one writer.
pub(crate) fn claim_jobs(engine: Engine) -> &'static str {
    engine.pick(
        sql!(sqlite "update jobs set locked_until = $2, attempts = attempts + 1 where id in (
                select id from jobs
                where state = 'waiting' and run_at <= $1 and (locked_until is null or locked_until <= $1)
                    and kind in (select value from json_each($3))
                order by run_at, id limit $4
            ) returning id, kind, idempotency_key, payload, attempts, run_at"),
        sql!(postgres "update jobs set locked_until = $2, attempts = attempts + 1 where id in (
                select id from jobs
                where state = 'waiting' and run_at <= $1 and (locked_until is null or locked_until <= $1)
                    and kind in (select jsonb_array_elements_text($3::jsonb))
                order by run_at, id limit $4 for update skip locked
            ) returning id, kind, idempotency_key, payload, attempts, run_at"),
    )
}

/// What a full-text index is asked for, as the parameter behind `match` (SQLite, FTS5) and `@@` (PostgreSQL, cast to
/// `tsquery`): rows with a word beginning with each of `words`, or with one beginning with `instead`.
///
/// `scopes` narrows SQLite's reading to entries with one of these; it decides nothing, the statement does. An FTS5 index
/// that is asked this has the columns `words` and `scope`. Words are letters and digits, as `model::search` makes them;
/// all the same each is quoted, so that nothing of it is syntax.
pub fn match_words(engine: Engine, words: &[String], instead: Option<&str>, scopes: &[String]) -> String {
    match engine {
        Engine::Sqlite => {
            let quote = |word: &str| format!("\"{}\" *", word.replace('"', "\"\""));
            let all = words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" AND ");
            let mut asked = format!("words : (({all})");
            if let Some(instead) = instead {
                // Writing to a String does not fail.
                let _ = write!(asked, " OR {}", quote(instead));
            }
            asked.push(')');
            if !scopes.is_empty() {
                let any = scopes.iter().map(|scope| format!("\"{}\"", scope.replace('"', "\"\"")));
                let _ = write!(asked, " AND scope : ({})", any.collect::<Vec<_>>().join(" OR "));
            }
            asked
        }
        Engine::Postgres => {
            let quote = |word: &str| format!("'{}':*", word.replace('\\', "\\\\").replace('\'', "''"));
            let all = words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" & ");
            instead.map_or_else(|| all.clone(), |instead| format!("({all}) | {}", quote(instead)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::both;
    use crate::testing::TestDb;

    #[test]
    fn words_are_quoted() {
        let words = ["a\"b".to_owned(), "c'd\\".to_owned()];
        let sqlite = match_words(Engine::Sqlite, &words, Some("12"), &["x".to_owned(), "y".to_owned()]);
        assert_eq!(sqlite, r#"words : (("a""b" * AND "c'd\" *) OR "12" *) AND scope : ("x" OR "y")"#);
        assert_eq!(match_words(Engine::Postgres, &words, Some("12"), &[]), r#"('a"b':* & 'c''d\\':*) | '12':*"#);
    }

    // Not in the program's list of statements: the tests of this crate have a schema of their own.
    fn statement(engine: Engine) -> &'static str {
        engine.pick(
            "select rowid from search_message_words where search_message_words match $1",
            "select number from search_messages where words @@ $1::text::tsquery",
        )
    }

    async fn asked(db: &TestDb, asked: String) -> crate::Result<Vec<(i64,)>> {
        db.read(async move |tx| tx.all(statement(tx.engine()), (&asked,)).await).await
    }

    both! {
        async fn no_word_is_syntax(db: TestDb) {
            for word in ["AND", "OR", "NOT", "NEAR", "words", "scope", "é", "会", "１２"] {
                let words = [word.to_owned(), "a".to_owned()];
                let found = asked(&db, match_words(db.engine(), &words, Some("1"), &["scope".to_owned()])).await;
                assert_eq!(found.unwrap_or_else(|error| panic!("{word}: {error}")), []);
            }
        }

        async fn many_scopes_are_one_question(db: TestDb) {
            let scopes: Vec<String> = (0..1_000).map(|number| format!("scope{number}")).collect();
            assert_eq!(asked(&db, match_words(db.engine(), &["a".to_owned()], None, &scopes)).await.unwrap(), []);
        }
    }
}
