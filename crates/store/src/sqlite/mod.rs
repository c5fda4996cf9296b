//! SQLite: one thread that writes, a few that read, one that moves the log into the file.
//!
//! 1. [`writer`] takes queued closures, runs each in a savepoint, commits them together, tells their events, answers.
//! 2. [`readers`] run each closure in a read transaction of its own: one snapshot over all its statements.
//! 3. [`checkpoint`] copies the write-ahead log into the file beside the writer, so that no commit waits for it.
//!
//! A statement never waits: the future of a closure is ready after a single poll.

mod checkpoint;
mod connection;
mod migrate;
mod names;
mod readers;
mod writer;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use crossbeam_channel::{Sender, TrySendError};

pub(crate) use connection::{Session, cell};

use crate::work::{Message, Mode, Work};
use crate::{Error, OnCommit, Options, Result};

/// Threads that read. A fifth would find no core on the machines this is made for.
const READERS: usize = 4;

/// The threads of one open file.
pub(crate) struct Pool {
    writes: Sender<Message>,
    reads: Sender<Message>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Pool {
    /// Opens, checks and migrates the file, then starts the threads. Blocks.
    pub(crate) fn open(path: &Path, options: &Options, on_commit: OnCommit) -> Result<Self> {
        let mut writer = connection::open_writer(path)?;
        migrate::migrate(&mut writer, options)?;
        let names = Arc::new(names::Names::load(&writer)?);
        let (writes, write_queue) = crossbeam_channel::bounded(options.queue);
        let (reads, read_queue) = crossbeam_channel::bounded(options.queue);

        let checkpoints = checkpoint::Checkpoints::start(path, &mut writer)?;
        let session = Session::new(writer, names.clone());
        let writer = writer::Writer::new(session, options.clock.clone(), on_commit, write_queue, checkpoints);
        let mut threads = vec![thread("waggle-writer", move || writer.run())?];
        for _ in 0..READERS {
            let session = Session::new(connection::open_reader(path)?, names.clone());
            let (queue, clock) = (read_queue.clone(), options.clock.clone());
            threads.push(thread("waggle-reader", move || readers::run(&session, &queue, &clock))?);
        }
        Ok(Self { writes, reads, threads: Mutex::new(threads) })
    }

    /// Hands a closure to a thread.
    pub(crate) fn enqueue(&self, mode: Mode, work: Box<dyn Work>) -> Result<()> {
        let queue = match mode {
            Mode::Read => &self.reads,
            Mode::Write => &self.writes,
        };
        queue.try_send(Message::Work(mode, work)).map_err(|error| match error {
            TrySendError::Full(_) => Error::Overloaded,
            TrySendError::Disconnected(_) => Error::Closed,
        })
    }

    /// Lets the threads finish what is queued, the writer last: the log is emptied when nobody reads. Blocks.
    pub(crate) fn close(&self) {
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        let mut threads = threads.into_iter();
        let writer = threads.next();
        // Any reader may take any of these, so all are sent before the first reader is waited for.
        threads.as_slice().iter().for_each(|_| stop(&self.reads));
        threads.for_each(join);
        if let Some(writer) = writer {
            stop(&self.writes);
            join(writer);
        }
    }
}

/// The file of `sqlite:/path/to/waggle.db`; `sqlite:///path` means the same.
pub(crate) fn path(url: &str) -> Result<PathBuf> {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    if rest.is_empty() || rest.starts_with(':') {
        let reason = format!("{url}: name a file, for example sqlite:/var/lib/waggle/waggle.db");
        return Err(Error::Options { reason });
    }
    Ok(PathBuf::from(rest))
}

fn thread(name: &str, body: impl FnOnce() + Send + 'static) -> Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(body).map_err(Error::other)
}

fn stop(queue: &Sender<Message>) {
    // An error means that the thread has ended already.
    let _ = queue.send(Message::Stop);
}

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("A database thread panicked.");
    }
}
