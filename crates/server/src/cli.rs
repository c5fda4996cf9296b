//! The command line: what the binary can be told to do, and the life of the server.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use model::access::{Plan, Role};

use crate::answer::Fault;
use crate::app::{App, Cx, system_clock};
use crate::config::{self, Config, ConfigError};
use crate::front::certificates::Certificates;
use crate::front::serve::{Entrance, HANDSHAKE_WITHIN};
use crate::front::{self, Door};
use crate::random::Random;
use crate::{accounts, chat, demo, directory, exports, files, http, jobs, live, openid, previews, search};

/// Waggle: conversations between a team and its customers, in one binary.
#[derive(Parser)]
#[command(name = "waggle", version, about, max_term_width = 100)]
struct Arguments {
    /// TOML file with settings; `waggle config-example` prints one with every key.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    /// A setting, such as `listen=127.0.0.1:8080`; wins over file and environment.
    #[arg(long = "set", value_name = "KEY=VALUE", global = true)]
    settings: Vec<String>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server; prints a one-time set-up link while there is no organization.
    Serve,
    /// Run the server with the made-up organization Acme Robotics.
    Demo,
    /// Bring the database up to this version and stop.
    Migrate,
    /// Read the configuration, say what is wrong with it, and stop.
    CheckConfig,
    /// Print a configuration file with every key and its default.
    ConfigExample,
    /// Make organizations.
    Organization {
        #[command(subcommand)]
        command: OrganizationCommand,
    },
    /// Make people and end their sessions.
    User {
        #[command(subcommand)]
        command: UserCommand,
    },
    /// Print the version.
    Version,
}

#[derive(Subcommand)]
enum OrganizationCommand {
    /// Make an organization with its owner, who signs in with a code sent to the address.
    Create {
        /// Its name.
        #[arg(long)]
        name: String,
        /// Its domain, such as example.com.
        #[arg(long)]
        domain: String,
        /// The owner's name.
        #[arg(long)]
        owner: String,
        /// The owner's email address.
        #[arg(long)]
        email: String,
    },
    /// Say how many members of a plan an organization may have.
    Seats {
        /// Its domain.
        #[arg(long)]
        domain: String,
        /// essential, business or premium.
        #[arg(long)]
        plan: String,
        /// How many; without it as many as it likes.
        #[arg(long, value_parser = clap::value_parser!(i64).range(0..=1_000_000))]
        limit: Option<i64>,
    },
}

#[derive(Subcommand)]
enum UserCommand {
    /// Prepare a member, who signs in with a code sent to the address.
    Create {
        /// The domain of the organization.
        #[arg(long)]
        domain: String,
        /// The person's name.
        #[arg(long)]
        name: String,
        /// The person's email address.
        #[arg(long)]
        email: String,
        /// owner, admin, agent or member.
        #[arg(long, default_value = "member")]
        role: String,
    },
    /// End every session of a person.
    SignOut {
        /// The person's email address.
        #[arg(long)]
        email: String,
    },
}

/// Reads the command line and does it.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = std::env::var("WAGGLE_LOG").unwrap_or_else(|_| "info".to_owned());
    tracing_subscriber::fmt().with_env_filter(filter).with_target(false).init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("The runtime cannot start: {error}.")),
    };
    match runtime.block_on(run(arguments)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => fail(&failure.0),
    }
}

/// Why the command was not done, for the operator.
struct Failure(String);

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure(error.to_string())
    }
}

fn fail(sentence: &str) -> ExitCode {
    eprintln!("waggle: {sentence}");
    ExitCode::FAILURE
}

async fn run(arguments: Arguments) -> Result<(), Failure> {
    match arguments.command {
        Command::Version => println!("waggle {}", env!("CARGO_PKG_VERSION")),
        Command::ConfigExample => print!("{}", config::example()),
        Command::CheckConfig => {
            front::check(&configuration(&arguments)?, &system_clock()).map_err(Failure)?;
            println!("The configuration is fine.");
        }
        Command::Migrate => {
            open(&arguments, false).await?;
            println!("The database is up to date.");
        }
        Command::Serve => serve(open(&arguments, false).await?).await?,
        Command::Demo => {
            let cx = open(&arguments, true).await?;
            if let Some(shared) = demo::fill(&cx).await? {
                demo::contacts::fill(&cx).await?;
                demo::files::fill(&cx, shared).await?;
            }
            serve(cx).await?;
        }
        Command::Organization {
            command: OrganizationCommand::Create { ref name, ref domain, ref owner, ref email },
        } => {
            let cx = open(&arguments, false).await?;
            accounts::prepare::create_organization(&cx, name, domain, owner, email).await?;
            println!("{name} is there. {email} can sign in at {}.", cx.config.public_url);
        }
        Command::Organization { command: OrganizationCommand::Seats { ref domain, ref plan, limit } } => {
            let cx = open(&arguments, false).await?;
            let known = <Plan as model::Word>::from_word(plan);
            let known = known.ok_or_else(|| Failure(format!("There is no plan `{plan}`.")))?;
            accounts::prepare::limit_seats(&cx, domain, known, limit).await?;
            let many = limit.map_or_else(|| "any number of".to_owned(), |limit| limit.to_string());
            println!("{domain} may have {many} members with the plan {plan}.");
        }
        Command::User { command: UserCommand::Create { ref domain, ref name, ref email, ref role } } => {
            let cx = open(&arguments, false).await?;
            let role =
                <Role as model::Word>::from_word(role).ok_or_else(|| Failure(format!("There is no role `{role}`.")))?;
            accounts::prepare::create_user(&cx, domain, name, email, role, Plan::Business).await?;
            println!("{email} can sign in at {}.", cx.config.public_url);
        }
        Command::User { command: UserCommand::SignOut { ref email } } => {
            let cx = open(&arguments, false).await?;
            let ended = accounts::prepare::sign_out_everywhere(&cx, email).await?;
            println!("{ended} sessions of {email} were ended.");
        }
    }
    Ok(())
}

fn configuration(arguments: &Arguments) -> Result<Config, ConfigError> {
    let pair = |text: &String| text.split_once('=').map(|(key, value)| (key.to_owned(), value.to_owned()));
    let flags = arguments
        .settings
        .iter()
        .map(|text| pair(text).ok_or_else(|| ConfigError(format!("`--set {text}` must be KEY=VALUE."))));
    Config::load(arguments.config.as_deref(), std::env::vars(), &flags.collect::<Result<Vec<_>, _>>()?)
}

async fn open(arguments: &Arguments, demo: bool) -> Result<Cx, Failure> {
    let config = configuration(arguments)?;
    std::fs::create_dir_all(&config.data)
        .map_err(|error| Failure(format!("The data folder {} cannot be made: {error}.", config.data.display())))?;
    let cx = App::open(config, system_clock(), Random::system(), demo).await?;
    if demo && !cx.demo {
        return Err(Failure(format!(
            "{} holds a real organization. The demo wants a folder of its own: --set data=FOLDER.",
            cx.config.data.display()
        )));
    }
    Ok(cx)
}

/// How long a job that runs when the server stops may take to end.
const JOBS_END_WITHIN: Duration = Duration::from_secs(10);

/// The life of the server: announce, listen, work, stop.
async fn serve(cx: Cx) -> Result<(), Failure> {
    let door = Door::open(&cx.config, &cx.clock, &cx.outgoing).map_err(Failure)?;
    let listener = front::listen(cx.config.listen).await.map_err(Failure)?;
    let redirecting = match cx.config.redirect_listen {
        Some(address) => Some(front::listen(address).await.map_err(Failure)?),
        None => None,
    };
    let redirect = http::redirect::router(&cx.config);
    let config = door.certificates.as_ref().map(Certificates::config).transpose()?;
    let tls = config.map(|config| (config, redirect.clone()));
    announce(&cx).await?;
    let work = tokio::spawn(work(cx.clone()));
    let jobs = tokio::spawn(jobs::work(cx.clone()));
    let indexing = tokio::spawn(search::indexer::run(cx.clone()));
    let keeper = tokio::spawn(door.keep(cx.clock.clone()));
    let redirecting = redirecting.map(|listener| {
        let entrance = Entrance { listener, router: redirect, tls: None, handshake_within: HANDSHAKE_WITHIN };
        tokio::spawn(entrance.serve(stopped(cx.stopping.subscribe())))
    });
    let stopping = cx.clone();
    let entrance = Entrance { listener, router: http::router(cx.clone()), tls, handshake_within: HANDSHAKE_WITHIN };
    let signal = async move {
        signalled().await;
        tracing::info!("Stopping.");
        stopping.stopping.send_replace(true);
        stopping.hub.say_goodbye();
    };
    entrance.serve(signal).await;
    if let Some(redirecting) = redirecting {
        drop(redirecting.await);
    }
    keeper.abort();
    work.abort();
    indexing.abort();
    // A job that is cut off runs again; one that may end does not.
    if tokio::time::timeout(JOBS_END_WITHIN, jobs).await.is_err() {
        tracing::warn!("A job did not end in time; it runs again after the next start.");
    }
    cx.db.clone().close().await;
    Ok(())
}

async fn stopped(mut stopping: tokio::sync::watch::Receiver<bool>) {
    drop(stopping.wait_for(|stop| *stop).await);
}

async fn announce(cx: &Cx) -> Result<(), Fault> {
    let address = cx.config.public_url.as_str().trim_end_matches('/');
    println!("Waggle {} is at {address}", env!("CARGO_PKG_VERSION"));
    if let Some(link) = accounts::setup::setup_link(cx).await? {
        println!("There is no organization yet. Make the first one here, once:\n  {link}");
    } else if cx.demo {
        println!("{}", demo::FIRST_MINUTE);
    }
    Ok(())
}

/// The lease of the node that does what happens by itself.
const PERIODIC_WORK: &str = "periodic-work";

/// What happens by itself, every second and every hour: each piece looks at the clock and does what is due.
async fn work(cx: Cx) {
    let mut second = tokio::time::interval(Duration::from_secs(1));
    let mut hour = tokio::time::interval(Duration::from_secs(60 * 60));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let every_hour_is_due = tokio::select! {
            _ = second.tick() => false,
            _ = hour.tick() => true,
        };
        if every_hour_is_due {
            cx.limits.forget_idle();
        }
        // What was committed and not heard of is every node's own business, as are its limits.
        let done = live::resume::fill_gaps(&cx).await;
        let done = match (done, cx.bus.lease(PERIODIC_WORK)) {
            (Ok(()), Some(_lease)) if every_hour_is_due => every_hour(&cx).await,
            (Ok(()), Some(_lease)) => every_second(&cx).await,
            (done, _) => done,
        };
        if let Err(fault) = done {
            tracing::error!(error = %fault, "Periodic work failed; it is tried again at its next turn.");
        }
    }
}

/// One turn of the work of every second.
pub(crate) async fn every_second(cx: &Cx) -> Result<(), Fault> {
    accounts::set_status::clear_due_statuses(cx).await?;
    files::remove_old::remove_old(cx).await?;
    chat::erase_message::erase_due(cx).await?;
    directory::purge(cx).await?;
    directory::run_import::resume_stalled(cx).await?;
    exports::run_export::resume_stalled(cx).await?;
    search::indexer::catch_up(cx).await
}

async fn every_hour(cx: &Cx) -> Result<(), Fault> {
    accounts::forget_expired(cx).await?;
    openid::forget_expired(cx).await?;
    directory::run_import::forget_old(cx).await?;
    exports::run_export::forget_old(cx).await?;
    previews::forget_old(cx).await?;
    live::resume::prune_log(cx).await
}

async fn signalled() {
    let interrupted = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        Err(_) => drop(interrupted.await),
    }
}
