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
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;

use crossbeam_channel::{Receiver, Sender, TrySendError};

pub(crate) use connection::{Session, cell};

use crate::work::{Mode, Work};
use crate::{Error, OnCommit, Options, Result};

/// Threads that read. A fifth would find no core on the machines this is made for.
const READERS: usize = 4;

/// The threads of one open file.
pub(crate) struct Pool {
    writes: Queue,
    reads: Queue,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

/// The sending end of a queue. It is taken away to close: what was sent before is still received, then the thread
/// sees the end, and nothing can slip in between.
struct Queue(RwLock<Option<Sender<Box<dyn Work>>>>);

impl Pool {
    /// Opens, checks and migrates the file, then starts the threads. Blocks.
    pub(crate) fn open(path: &Path, options: &Options, on_commit: OnCommit) -> Result<Self> {
        let mut writer = connection::open_writer(path)?;
        migrate::migrate(&mut writer, options)?;
        let names = Arc::new(names::Names::load(&writer)?);
        let (writes, write_queue) = Queue::new(options.queue);
        let (reads, read_queue) = Queue::new(options.queue);

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
        match mode {
            Mode::Read => self.reads.send(work),
            Mode::Write => self.writes.send(work),
        }
    }

    /// Takes nothing more and lets the threads finish what is queued. Blocks.
    ///
    /// The writer empties the log when it ends, and waits for the readers to let go of it; should one of them read for
    /// longer than that, SQLite empties the log when the last connection closes.
    pub(crate) fn close(&self) {
        self.writes.close();
        self.reads.close();
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        threads.into_iter().for_each(join);
    }
}

impl Queue {
    fn new(length: usize) -> (Self, Receiver<Box<dyn Work>>) {
        let (sender, receiver) = crossbeam_channel::bounded(length.max(1));
        (Self(RwLock::new(Some(sender))), receiver)
    }

    fn send(&self, work: Box<dyn Work>) -> Result<()> {
        let sender = self.0.read().unwrap_or_else(PoisonError::into_inner);
        sender.as_ref().ok_or(Error::Closed)?.try_send(work).map_err(|error| match error {
            TrySendError::Full(_) => Error::Overloaded,
            TrySendError::Disconnected(_) => Error::Closed,
        })
    }

    fn close(&self) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).take();
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

fn join(thread: JoinHandle<()>) {
    if thread.join().is_err() {
        tracing::error!("A database thread panicked.");
    }
}
