//! A closure on its way to a thread that owns a connection, and its result on the way back.

use std::any::Any;
use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::sync::oneshot;

use crate::{Error, Result, Tx};

/// One queued closure. Object-safe, so that a queue holds closures of every result.
pub(crate) trait Work: Send {
    /// Whether nobody waits for the result any more.
    fn abandoned(&self) -> bool;
    /// Runs the closure and keeps its result.
    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Pin<Box<dyn Future<Output = ()> + 'a>>;
    /// Whether the closure returned `Ok` and nothing failed since.
    fn succeeded(&self) -> bool;
    /// Whether the closure, or this layer, has said no already.
    fn refused(&self) -> bool;
    /// Replaces the result.
    fn fail(&mut self, error: Error);
    /// Sends the result to whoever waits. Without one, the waiting side sees [`Error::Closed`].
    fn answer(self: Box<Self>);
}

/// What a transaction may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Read,
    Write,
}

/// Wraps a closure; the receiver gets its result.
pub(crate) fn work<T, E, F>(closure: F) -> (Box<dyn Work>, oneshot::Receiver<Result<T, E>>)
where
    F: AsyncFnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    let (reply, receiver) = oneshot::channel();
    (Box::new(Closure { closure: Some(closure), result: None, reply }), receiver)
}

/// Runs the closure with a single poll: on SQLite every statement is ready at once.
pub(crate) fn run_at_once(work: &mut dyn Work, tx: &mut Tx<'_>) -> Result<()> {
    let poll = catch(|| work.run(tx).as_mut().poll(&mut Context::from_waker(Waker::noop())));
    match poll {
        Ok(Poll::Ready(())) => Ok(()),
        Ok(Poll::Pending) => Err(Error::Awaited),
        Err(panic) => Err(panicked(&*panic)),
    }
}

/// Runs the closure. `in_statement` tells whether it waits for its own transaction; it must wait for nothing else.
pub(crate) async fn run_waiting(work: &mut dyn Work, tx: &mut Tx<'_>, in_statement: &Cell<bool>) -> Result<()> {
    let mut running = Some(work.run(tx));
    let outcome = poll_fn(|cx| {
        let Some(future) = running.as_mut() else { return Poll::Ready(Err(Error::Closed)) };
        match catch(|| future.as_mut().poll(cx)) {
            Ok(Poll::Ready(())) => Poll::Ready(Ok(())),
            Ok(Poll::Pending) if in_statement.get() => Poll::Pending,
            Ok(Poll::Pending) => Poll::Ready(Err(Error::Awaited)),
            Err(panic) => Poll::Ready(Err(panicked(&*panic))),
        }
    })
    .await;
    // What the closure holds is dropped under the same guard: a destructor may panic too.
    match catch(|| drop(running.take())) {
        Ok(()) => outcome,
        Err(panic) => Err(panicked(&*panic)),
    }
}

/// Calls a function that must not be able to end this thread.
pub(crate) fn catch<T>(call: impl FnOnce() -> T) -> std::thread::Result<T> {
    // A broken invariant cannot be seen from here: what the closure captured is dropped, its transaction rolled back.
    catch_unwind(AssertUnwindSafe(call))
}

/// What a panic said, logged here because the default hook knows nothing of the transaction.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("?"), "A closure panicked inside a transaction.");
    Error::Panicked
}

struct Closure<T, E, F> {
    closure: Option<F>,
    result: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<T, E, F> Work for Closure<T, E, F>
where
    F: AsyncFnOnce(&mut Tx<'_>) -> Result<T, E> + Send + 'static,
    T: Send + 'static,
    E: From<Error> + Send + 'static,
{
    fn abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run<'a>(&'a mut self, tx: &'a mut Tx<'_>) -> Pin<Box<dyn Future<Output = ()> + 'a>> {
        Box::pin(async move {
            if let Some(closure) = self.closure.take() {
                self.result = Some(closure(tx).await);
            }
        })
    }

    fn succeeded(&self) -> bool {
        matches!(self.result, Some(Ok(_)))
    }

    fn refused(&self) -> bool {
        matches!(self.result, Some(Err(_)))
    }

    fn fail(&mut self, error: Error) {
        self.result = Some(Err(error.into()));
    }

    fn answer(self: Box<Self>) {
        if let Some(result) = self.result {
            // The caller may have gone; what was done stays done.
            let _ = self.reply.send(result);
        }
    }
}
