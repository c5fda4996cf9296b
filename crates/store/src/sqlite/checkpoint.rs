//! Moves the write-ahead log into the file, on a connection and a thread of its own.
//!
//! Inside the writer a checkpoint would make the commit that triggers it wait for the disk, which is the longest
//! pause a poster could feel.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender};
use rusqlite::{Connection, OpenFlags};

use super::connection::{self, plain};
use crate::{Error, Result};

/// Pages (4 KiB each) that are written to the log between two checkpoints.
const EVERY_PAGES: usize = 4_000;
/// From this length on the log is emptied even if the writer has to wait a moment for it: while it writes without a
/// pause, the log never ends by itself.
const RESTART_PAGES: i64 = 16_000;

/// The writer's side.
pub(super) struct Checkpoints {
    pages: Arc<AtomicUsize>,
    next_at: usize,
    nudge: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Watches the writer's log. This replaces SQLite's own checkpoint after a commit.
    pub(super) fn start(path: &Path, writer: &mut Connection) -> Result<Self> {
        let pages = Arc::new(AtomicUsize::new(0));
        let seen = pages.clone();
        let watch = move |_: &mut rusqlite::hooks::Wal, length: std::ffi::c_int| {
            seen.store(usize::try_from(length).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        writer.wal_hook(Some(watch)).map_err(plain)?;
        let connection = connection::open(path, OpenFlags::empty())?;
        let (nudge, nudges) = crossbeam_channel::bounded(1);
        let thread = super::thread("waggle-checkpoint", move || run(&connection, &nudges))?;
        Ok(Self { pages, next_at: EVERY_PAGES, nudge: Some(nudge), thread: Some(thread) })
    }

    /// After a commit: wakes the thread when the log has grown enough.
    pub(super) fn committed(&mut self) {
        let pages = self.pages.load(Ordering::Relaxed);
        if pages >= self.next_at {
            self.next_at = pages + EVERY_PAGES;
            // A full queue means that it is awake already.
            let _ = self.nudge.as_ref().map(|nudge| nudge.try_send(()));
        } else if pages + 2 * EVERY_PAGES < self.next_at {
            // The log began again from its start.
            self.next_at = EVERY_PAGES;
        }
    }

    /// Ends the thread, so that the writer's connection is the last.
    pub(super) fn stop(&mut self) {
        self.nudge = None;
        if let Some(thread) = self.thread.take() {
            super::join(thread);
        }
    }
}

/// Empties the log into the file; for the end.
pub(super) fn truncate(connection: &Connection) -> Result<()> {
    checkpoint(connection, "pragma wal_checkpoint(truncate)").map(drop)
}

fn run(connection: &Connection, nudges: &Receiver<()>) {
    while nudges.recv().is_ok() {
        let done = checkpoint(connection, "pragma wal_checkpoint(passive)").and_then(|length| {
            // The passive one has copied nearly everything: what is left to do under the writer's lock is short.
            if length >= RESTART_PAGES { checkpoint(connection, "pragma wal_checkpoint(restart)") } else { Ok(length) }
        });
        match done {
            Ok(length) => tracing::debug!(log.pages = length, "The log was copied into the database file."),
            Err(Error::Contended) => {}
            Err(error) => tracing::warn!(error = %error, "The log could not be copied into the database file."),
        }
    }
}

/// Returns how many pages the log has.
fn checkpoint(connection: &Connection, sql: &str) -> Result<i64> {
    connection.query_row(sql, (), |row| row.get(1)).map_err(plain)
}
