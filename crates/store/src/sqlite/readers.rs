//! A thread that reads: every closure sees one snapshot, however many statements it has.

use crossbeam_channel::Receiver;
use model::Clock;

use super::connection::Session;
use crate::work::{self, Mode, Work};
use crate::{Result, Tx, tx};

/// Until the queue is closed and empty.
pub(super) fn run(session: &Session, queue: &Receiver<Box<dyn Work>>, clock: &Clock) {
    while let Ok(work) = queue.recv() {
        // Only a caller's own conversion or destructor can panic here.
        if let Err(panic) = work::catch(|| read(session, clock, work)) {
            work::panicked(&*panic);
        }
    }
}

fn read(session: &Session, clock: &Clock, mut work: Box<dyn Work>) {
    if work.abandoned() {
        return;
    }
    if let Err(error) = closure(session, clock, &mut *work) {
        work.fail(error);
    }
    work.answer();
}

fn closure(session: &Session, clock: &Clock, work: &mut dyn Work) -> Result<()> {
    if session.in_transaction() {
        session.control("rollback")?;
    }
    session.control("begin")?;
    let mut tx = Tx::new(tx::Session::Sqlite(session), Mode::Read, clock.now());
    let ran = work::run_at_once(work, &mut tx);
    let failed = tx.failure().filter(|_| work.succeeded());
    session.control("rollback")?;
    ran.and(failed.map_or(Ok(()), Err))
}
