//! The names of unique indexes. SQLite reports a violation by table and columns only; PostgreSQL by name. So that
//! both say the same, the names are looked up once, when the file is opened.

use std::collections::HashMap;

use rusqlite::Connection;

use super::connection::plain;
use crate::Result;

/// From `messages.author_id, messages.client_id` to `messages_client`.
#[derive(Debug, Default)]
pub(crate) struct Names(HashMap<String, String>);

impl Names {
    /// Reads all of them. A table's primary key is called `<table>_pkey`, as PostgreSQL does, and a nameless
    /// `unique` constraint `<table>_<columns>_key`.
    pub(super) fn load(connection: &Connection) -> Result<Self> {
        let mut names = HashMap::new();
        for table in texts(connection, "select name from sqlite_schema where type = 'table'", "")? {
            let key = texts(connection, "select name from pragma_table_info(?1) where pk > 0 order by pk", &table)?;
            names.insert(spelled(&table, &key), format!("{table}_pkey"));
            let origin = "select name from pragma_index_list(?1) where \"unique\" and origin = ";
            for index in texts(connection, &format!("{origin}'c'"), &table)? {
                names.insert(spelled(&table, &columns(connection, &index)?), index);
            }
            for index in texts(connection, &format!("{origin}'u'"), &table)? {
                let columns = columns(connection, &index)?;
                names.insert(spelled(&table, &columns), format!("{table}_{}_key", columns.join("_")));
            }
        }
        Ok(Self(names))
    }

    /// The index that `UNIQUE constraint failed: …` speaks of; the columns themselves when it is not known.
    pub(super) fn of_message(&self, message: &str) -> String {
        let columns = message.split_once(": ").map_or(message, |(_, columns)| columns);
        // An index on an expression is named by SQLite itself.
        let named = columns.strip_prefix("index '").and_then(|name| name.strip_suffix('\''));
        named.map(str::to_owned).or_else(|| self.0.get(columns).cloned()).unwrap_or_else(|| columns.to_owned())
    }
}

fn columns(connection: &Connection, index: &str) -> Result<Vec<String>> {
    texts(connection, "select coalesce(name, '') from pragma_index_info(?1) order by seqno", index)
}

fn spelled(table: &str, columns: &[String]) -> String {
    columns.iter().map(|column| format!("{table}.{column}")).collect::<Vec<_>>().join(", ")
}

fn texts(connection: &Connection, sql: &str, argument: &str) -> Result<Vec<String>> {
    let read = || {
        let mut statement = connection.prepare(sql)?;
        if statement.parameter_count() == 1 {
            statement.raw_bind_parameter(1, argument)?;
        }
        let rows = statement.raw_query().mapped(|row| row.get(0));
        rows.collect::<rusqlite::Result<_>>()
    };
    read().map_err(plain)
}
