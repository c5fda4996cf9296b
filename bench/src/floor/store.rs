//! The floor's one table.

use std::collections::HashMap;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Result};

use super::{Kept, Post};

const TABLE: &str = "create table if not exists messages (id text not null, room integer not null,
    position integer not null, author integer not null, body text not null);
    create index if not exists messages_position on messages (room, position)";

/// The connection that writes.
pub(super) struct Writer {
    connection: Connection,
    positions: HashMap<i64, i64>,
}

impl Writer {
    pub(super) fn open(file: &Path) -> Result<Self> {
        let connection = open(file)?;
        connection.execute_batch(TABLE)?;
        Ok(Self { connection, positions: HashMap::new() })
    }

    /// Keeps them in one transaction, and says which places they took.
    pub(super) fn keep<'a>(&mut self, posts: impl Iterator<Item = &'a Post>) -> Result<Vec<i64>> {
        let Self { connection, positions } = self;
        let transaction = connection.transaction()?;
        let mut taken = Vec::new();
        {
            let mut insert = transaction.prepare_cached("insert into messages values ($1, $2, $3, $4, $5)")?;
            for post in posts {
                let position = match positions.get_mut(&post.room) {
                    Some(position) => position,
                    None => {
                        let newest = "select coalesce(max(position), 0) from messages where room = $1";
                        let newest = transaction.query_row(newest, [post.room], |row| row.get(0))?;
                        positions.entry(post.room).or_insert(newest)
                    }
                };
                *position += 1;
                insert.execute((&post.id, post.room, *position, post.author, &post.body))?;
                taken.push(*position);
            }
        }
        transaction.commit()?;
        Ok(taken)
    }
}

/// The connection that reads.
pub(super) struct Reader(Connection);

impl Reader {
    pub(super) fn open(file: &Path) -> Result<Self> {
        open(file).map(Self)
    }

    /// The newest 50 of a room.
    pub(super) fn newest(&self, room: i64) -> Result<Vec<Kept>> {
        let mut statement = self.0.prepare_cached(
            "select id, position, author, body from messages where room = $1 order by position desc limit 50",
        )?;
        let kept = |row: &rusqlite::Row<'_>| {
            Ok(Kept { id: row.get(0)?, position: row.get(1)?, author: row.get(2)?, body: row.get(3)? })
        };
        statement.query_map([room], kept)?.collect()
    }
}

/// Fills rooms, numbered from 0, with so many messages.
pub fn fill(file: &Path, rooms: &[i64], body: &str) -> Result<()> {
    let mut writer = Writer::open(file)?;
    for (room, count) in (0..).zip(rooms) {
        let post = |number: i64| Post { id: format!("m{number}"), room, author: 0, body: body.to_owned() };
        let posts: Vec<Post> = (0..*count).map(post).collect();
        writer.keep(posts.iter())?;
    }
    Ok(())
}

fn open(file: &Path) -> Result<Connection> {
    let connection = Connection::open(file)?;
    let _: String = connection.query_row("pragma journal_mode = wal", (), |row| row.get(0))?;
    connection.pragma_update(None, "synchronous", "full")?;
    // Otherwise SQLite prepares a statement anew whenever a parameter that is compared with gets another value.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection)
}
