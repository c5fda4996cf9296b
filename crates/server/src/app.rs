//! What every handler is given: the database, the live hub, the clock, randomness and the configuration.

use std::sync::Arc;
use std::time::Duration;

use bus::Bus;
use model::{Clock, Id, Time};

use crate::answer::Fault;
use crate::config::Config;
use crate::files::blobs::Blobs;
use crate::http::limits::Limits;
use crate::http::metrics::Metrics;
use crate::live::{self, CursorKey, Hub, Notice};
use crate::mail::Mailer;
use crate::openid::Provider;
use crate::outgoing::Outgoing;
use crate::random::Random;
use crate::search::Indexing;
use crate::{access::SessionCache, accounts};

/// What every handler is given; cheap to clone.
pub type Cx = Arc<App>;

/// The running server's parts.
pub struct App {
    /// The configuration it was started with.
    pub config: Config,
    /// The database.
    pub db: store::Db,
    /// The contents of files.
    pub blobs: Blobs,
    /// What the nodes of the installation tell each other.
    pub bus: Bus<Notice>,
    /// The sessions that listen.
    pub hub: Arc<Hub>,
    /// The present moment.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// Hides positions from clients.
    pub cursor_key: CursorKey,
    /// Whether the database holds demo data only.
    pub demo: bool,
    /// Sessions looked up a short while ago.
    pub sessions: Arc<SessionCache>,
    /// How much one session or address may ask for.
    pub limits: Limits,
    /// The figures of this process.
    pub metrics: Arc<Metrics>,
    /// Brings mails to the mail server, when one is configured.
    pub mailer: Option<Mailer>,
    /// Fetches what the server needs from elsewhere.
    pub outgoing: Arc<Outgoing>,
    /// Others who can prove who somebody is.
    pub providers: Vec<Provider>,
    /// Wakes whoever keeps the search index.
    pub indexing: Arc<Indexing>,
    /// Tells every task to finish.
    pub stopping: tokio::sync::watch::Sender<bool>,
}

impl App {
    /// Opens the database and puts the parts together.
    ///
    /// # Errors
    /// Whatever [`store::Db::open`] says, in a sentence for the operator.
    pub async fn open(config: Config, clock: Clock, random: Random, demo: bool) -> Result<Cx, Fault> {
        let mut options = store::Options::new(&config.database_url());
        options.connections = config.connections;
        options.clock = clock.clone();
        Self::over(options, config, clock, random, demo).await
    }

    /// The same over a database of the caller's choice.
    ///
    /// # Errors
    /// As [`App::open`].
    pub async fn over(
        options: store::Options,
        config: Config,
        clock: Clock,
        random: Random,
        demo: bool,
    ) -> Result<Cx, Fault> {
        let blobs = Blobs::open(&config.data.join("files"))?;
        let hub = Arc::new(Hub::default());
        let metrics = Arc::new(Metrics::default());
        let indexing = Arc::new(Indexing::default());
        let sessions = Arc::new(SessionCache::new(Duration::from_secs(30)));
        let bus = Bus::local();
        live::notice::hear(&bus, hub.clone(), sessions.clone());
        let (told, counted, indexed) = (bus.clone(), metrics.clone(), indexing.clone());
        let on_commit = move |committed: Vec<store::Committed>| {
            counted.events.inc_by(committed.len() as u64);
            indexed.notice(&committed);
            told.publish(&Notice::Committed(committed));
        };
        let db = store::Db::open(options, on_commit).await?;
        let installation = accounts::installation(&db, &clock, &random, demo).await?;
        let limits = Limits::new(config.requests_per_second);
        let mailer = config.smtp.as_ref().map(Mailer::new).transpose().map_err(Fault::Other)?;
        let outgoing = Outgoing::new(config.outgoing_roots.as_deref(), config.outgoing_loopback)
            .map_err(|why| Fault::Other(format!("`outgoing.roots` {why}.")))?;
        let providers = config.providers.iter().cloned().map(Provider::new).collect();
        Ok(Arc::new(App {
            limits,
            metrics,
            indexing,
            config,
            db,
            blobs,
            bus,
            hub,
            clock,
            random,
            cursor_key: CursorKey::new(&installation.cursor_key)?,
            demo: installation.demo,
            sessions,
            mailer,
            outgoing: Arc::new(outgoing),
            providers,
            stopping: tokio::sync::watch::Sender::new(false),
        }))
    }

    /// The present moment.
    pub fn now(&self) -> Time {
        self.clock.now()
    }

    /// A fresh id.
    pub fn id<K>(&self) -> Id<K> {
        Id::new(self.now(), self.random.bytes())
    }
}

/// The clock of the machine.
pub fn system_clock() -> Clock {
    Clock::new(|| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        Time::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    })
}
