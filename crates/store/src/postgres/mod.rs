//! PostgreSQL: one thread with a runtime of its own and a few sessions.
//!
//! 1. A closure waits in the queue until a session is free; the session used last is taken first, it is warm.
//! 2. A session that was lost connects again when the next closure needs it. While the server does not answer,
//!    closures fail at once with [`Error::Unreachable`], and a new attempt is made after a growing pause.
//! 3. The closure runs on this thread, so its future need not be `Send`.

mod codec;
mod migrate;
mod session;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::{Mutex, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use model::Clock;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::LocalSet;
use tokio_postgres::config::SslMode;
use tokio_postgres::{Config, NoTls};

pub(crate) use codec::cell;
pub(crate) use session::Session;

use crate::work::{self, Mode, Work};
use crate::{Committed, Error, OnCommit, Options, Result, Tx, tx};

/// The pause after the first attempt that failed; it doubles.
const PAUSE: Duration = Duration::from_millis(100);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(5);
/// A peer that vanished without a word is noticed after this time.
const SILENCE: Duration = Duration::from_secs(30);

/// The thread of one database.
pub(crate) struct Pool {
    /// Taken away to close: what was sent before is still received.
    queue: RwLock<Option<mpsc::Sender<Queued>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Pool {
    /// Connects and migrates.
    pub(crate) async fn open(options: Options, on_commit: OnCommit) -> Result<Self> {
        let config = config(&options)?;
        let (queue, messages) = mpsc::channel(options.queue.max(1));
        let (ready, opened) = oneshot::channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(Error::other)?;
        let body = move || LocalSet::new().block_on(&runtime, serve(config, options, on_commit, messages, ready));
        let thread = std::thread::Builder::new().name("waggle-postgres".into()).spawn(body).map_err(Error::other)?;
        opened.await.unwrap_or(Err(Error::Closed))?;
        Ok(Self { queue: RwLock::new(Some(queue)), thread: Mutex::new(Some(thread)) })
    }

    /// Hands a closure to the thread.
    pub(crate) fn enqueue(&self, mode: Mode, work: Box<dyn Work>) -> Result<()> {
        let queue = self.queue.read().unwrap_or_else(PoisonError::into_inner);
        queue.as_ref().ok_or(Error::Closed)?.try_send((mode, work)).map_err(|error| match error {
            TrySendError::Full(_) => Error::Overloaded,
            TrySendError::Closed(_) => Error::Closed,
        })
    }

    /// Lets the thread finish what is queued.
    pub(crate) async fn close(&self) {
        self.queue.write().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        let joined = match thread {
            Some(thread) => crate::blocking(move || thread.join()).await,
            None => return,
        };
        if matches!(joined, Ok(Err(_))) {
            tracing::error!("A database thread panicked.");
        }
    }
}

/// A closure that waits for a session.
type Queued = (Mode, Box<dyn Work>);

/// What the sessions share.
struct Shared {
    config: Config,
    clock: Clock,
    on_commit: OnCommit,
    connect_timeout: Duration,
    /// Sessions that are connected and free, the one used last at the end.
    idle: RefCell<Vec<Session>>,
    pause: Cell<Duration>,
    /// Until when no attempt is made, and why.
    refused: RefCell<Option<(Instant, Error)>>,
}

fn config(options: &Options) -> Result<Config> {
    let mut config: Config = options.url.parse().map_err(|error: tokio_postgres::Error| {
        // The URL holds a password and is not repeated.
        Error::Options { reason: format!("the postgres URL: {error}") }
    })?;
    if config.get_ssl_mode() == SslMode::Require {
        let reason =
            "sslmode=require: this build connects to PostgreSQL without TLS; use a private network or a tunnel";
        return Err(Error::Options { reason: reason.into() });
    }
    if config.get_application_name().is_none() {
        config.application_name("waggle");
    }
    config.connect_timeout(options.connect_timeout).keepalives_idle(SILENCE).tcp_user_timeout(SILENCE);
    Ok(config)
}

async fn serve(
    config: Config,
    options: Options,
    on_commit: OnCommit,
    mut queue: mpsc::Receiver<Queued>,
    ready: oneshot::Sender<Result<()>>,
) {
    let migrated = migrate::migrate(&config, &options).await;
    let failed = migrated.is_err();
    if ready.send(migrated).is_err() || failed {
        return;
    }
    let connections = u32::try_from(options.connections.clamp(1, 1_000)).unwrap_or(1);
    let free = std::sync::Arc::new(Semaphore::new(connections as usize));
    let shared = Rc::new(Shared {
        config,
        clock: options.clock,
        on_commit,
        connect_timeout: options.connect_timeout,
        idle: RefCell::default(),
        pause: Cell::new(PAUSE),
        refused: RefCell::default(),
    });
    while let Some((mode, work)) = queue.recv().await {
        let Ok(permit) = free.clone().acquire_owned().await else { break };
        let shared = shared.clone();
        tokio::task::spawn_local(async move {
            shared.serve(mode, work).await;
            drop(permit);
        });
    }
    // Every permit is back when nothing runs any more.
    let _ = free.acquire_many(connections).await;
}

impl Shared {
    async fn serve(&self, mode: Mode, mut work: Box<dyn Work>) {
        if work.abandoned() {
            return;
        }
        let session = match self.session().await {
            Ok(session) => session,
            Err(error) => {
                work.fail(error);
                return work.answer();
            }
        };
        self.transaction(&session, mode, work).await;
        if !session.is_closed() {
            self.idle.borrow_mut().push(session);
        }
    }

    /// A free session that is connected, or a new one.
    async fn session(&self) -> Result<Session> {
        loop {
            let idle = self.idle.borrow_mut().pop();
            match idle {
                Some(session) if session.is_closed() => {}
                Some(session) => return Ok(session),
                None => return self.connect().await,
            }
        }
    }

    async fn connect(&self) -> Result<Session> {
        if let Some((until, error)) = &*self.refused.borrow()
            && Instant::now() < *until
        {
            return Err(error.clone());
        }
        match connect(&self.config, self.connect_timeout).await {
            Ok(session) => {
                self.pause.set(PAUSE);
                self.refused.take();
                Ok(session)
            }
            Err(error) => {
                let pause = self.pause.get();
                self.pause.set((pause * 2).min(PAUSE_MAX));
                tracing::warn!(error = %error, "PostgreSQL does not answer, the next attempt is in {pause:?}.");
                self.refused.replace(Some((Instant::now() + pause, error.clone())));
                Err(error)
            }
        }
    }

    /// Runs a closure, ends its transaction, tells its events, answers.
    async fn transaction(&self, session: &Session, mode: Mode, mut work: Box<dyn Work>) {
        session.begin(mode);
        let mut tx = Tx::new(tx::Session::Postgres(session), mode, self.clock.now());
        let ran = work::run_waiting(&mut *work, &mut tx, session.in_statement()).await;
        let outcome = match ran {
            Ok(()) if !work.succeeded() => Ok(None),
            ran => ran.and_then(|()| tx.finish()).map(Some),
        };
        let now = tx.now();
        let committed = match (outcome, mode) {
            (Ok(Some(emitted)), Mode::Write) => session.commit(emitted, now).await.map(Some),
            (outcome, _) => outcome.map(|_| None),
        };
        match committed {
            Ok(Some(events)) => return self.answer(work, events),
            Ok(None) => {}
            Err(error) => work.fail(error),
        }
        // The caller need not wait for the end of what was not kept, or only read.
        self.answer(work, Vec::new());
        if let Err(error) = session.roll_back().await {
            tracing::debug!(error = %error, "A session was lost while it rolled back.");
        }
    }

    fn answer(&self, work: Box<dyn Work>, events: Vec<Committed>) {
        if !events.is_empty() {
            crate::tell(&self.on_commit, events);
        }
        // A caller's own destructor may panic.
        if let Err(panic) = work::catch(|| work.answer()) {
            work::panicked(&*panic);
        }
    }
}

async fn connect(config: &Config, timeout: Duration) -> Result<Session> {
    let connecting = async {
        let (client, connection) = config.connect(NoTls).await.map_err(unreachable)?;
        tokio::task::spawn_local(async move {
            if let Err(error) = connection.await {
                tracing::warn!(error = %error, "A session at PostgreSQL was lost.");
            }
        });
        // The operator may have relaxed it for other databases of the server.
        client.batch_execute("set synchronous_commit = on").await.map_err(session::error)?;
        Ok(Session::new(client))
    };
    let late = |_| Error::Unreachable { reason: format!("no answer within {timeout:?}") };
    tokio::time::timeout(timeout, connecting).await.map_err(late)?
}

/// Whatever goes wrong while connecting, the database cannot be reached.
fn unreachable(error: tokio_postgres::Error) -> Error {
    match session::error(error) {
        Error::Other { reason } => Error::Unreachable { reason: reason.to_string() },
        error => error,
    }
}
