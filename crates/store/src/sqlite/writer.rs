//! The thread that writes: queued closures, a savepoint each, one commit for all, then the answers.
//!
//! What a caller is told is durable: the answer follows the commit. And what is told to the screens happened: events
//! leave after the commit, before the answers, in the order of their positions.

use crossbeam_channel::Receiver;
use model::Clock;

use super::checkpoint::{self, Checkpoints};
use super::connection::Session;
use crate::work::{self, Mode, Work};
use crate::{Committed, Error, OnCommit, Result, Tx, events, tx};

/// Closures that share a commit. More would make the first of them wait without sparing much of the disk.
const BATCH: usize = 256;

/// The thread's belongings.
pub(super) struct Writer {
    session: Session,
    clock: Clock,
    on_commit: OnCommit,
    queue: Receiver<Box<dyn Work>>,
    checkpoints: Checkpoints,
}

/// Closures of one commit.
#[derive(Default)]
struct Batch {
    works: Vec<Box<dyn Work>>,
    events: Vec<Committed>,
}

impl Writer {
    pub(super) fn new(
        session: Session,
        clock: Clock,
        on_commit: OnCommit,
        queue: Receiver<Box<dyn Work>>,
        checkpoints: Checkpoints,
    ) -> Self {
        Self { session, clock, on_commit, queue, checkpoints }
    }

    /// Until the queue is closed and empty.
    pub(super) fn run(mut self) {
        while let Ok(first) = self.queue.recv() {
            if let Err(panic) = work::catch(|| self.batch(first)) {
                // Only a caller's own conversion or destructor can get here; its batch is gone, the thread is not.
                work::panicked(&*panic);
                self.roll_back();
            }
        }
        self.checkpoints.stop();
        if let Err(error) = checkpoint::truncate(self.session.connection()) {
            tracing::warn!(error = %error, "The log was not emptied; the next start does it.");
        }
    }

    fn batch(&mut self, first: Box<dyn Work>) {
        let mut batch = Batch::default();
        let mut next = Some(first);
        let mut kept = self.begin();
        while let Some(mut work) = next {
            kept = kept.and_then(|()| self.attempt(&mut *work, &mut batch.events));
            batch.works.push(work);
            let more = kept.is_ok() && batch.works.len() < BATCH;
            next = if more { self.queue.try_recv().ok() } else { None };
        }
        match kept.and_then(|()| self.session.control("commit")) {
            Ok(()) => self.tell(batch.events),
            Err(error) => self.lose(&mut batch.works, &error),
        }
        batch.works.into_iter().for_each(Work::answer);
    }

    /// One closure in its savepoint. An error means that the whole transaction is lost.
    fn attempt(&self, work: &mut dyn Work, events: &mut Vec<Committed>) -> Result<()> {
        if work.abandoned() {
            return Ok(());
        }
        self.session.control("savepoint closure")?;
        let mut tx = Tx::new(tx::Session::Sqlite(&self.session), Mode::Write, self.clock.now());
        let outcome = self.closure(work, &mut tx);
        if !self.session.in_transaction() {
            let cause = outcome.err().or(tx.failure());
            return Err(cause.unwrap_or_else(|| Error::other("a statement ended the transaction")));
        }
        match outcome {
            Ok(told) if work.succeeded() => {
                self.session.control("release closure")?;
                events.extend(told);
                return Ok(());
            }
            Ok(_) => {}
            Err(error) => work.fail(error),
        }
        self.session.control("rollback to closure")?;
        self.session.control("release closure")
    }

    fn closure(&self, work: &mut dyn Work, tx: &mut Tx<'_>) -> Result<Vec<Committed>> {
        work::run_at_once(work, tx)?;
        if !work.succeeded() {
            return Ok(Vec::new());
        }
        let now = tx.now();
        events::append_sqlite(&self.session, tx.finish()?, now)
    }

    fn begin(&self) -> Result<()> {
        self.roll_back();
        self.session.control("begin immediate")
    }

    fn tell(&mut self, events: Vec<Committed>) {
        self.checkpoints.committed();
        if !events.is_empty() {
            crate::tell(&self.on_commit, events);
        }
    }

    /// Nobody's closure was kept.
    fn lose(&self, works: &mut [Box<dyn Work>], error: &Error) {
        tracing::error!(error = %error, closures = works.len(), "A batch of transactions was rolled back.");
        self.roll_back();
        // A closure that said no by itself keeps its own answer.
        for work in works.iter_mut().filter(|work| !work.refused()) {
            work.fail(error.clone());
        }
    }

    fn roll_back(&self) {
        if self.session.in_transaction()
            && let Err(error) = self.session.control("rollback")
        {
            tracing::error!(error = %error, "A rollback failed.");
        }
    }
}
