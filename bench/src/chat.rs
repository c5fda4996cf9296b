//! The workloads of conversations. Each starts its own server with its own people, measures, and ends it.

pub(crate) mod search;
mod storm;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::load::{self, Tally};
use crate::machine::{self, Cores, Machine};
use crate::report::Report;
use crate::target::{Bed, System};
use crate::world::World;
use crate::{Chat, Result};

/// How much of everything.
struct Sizes {
    /// Members of the conversation of W1, and seconds at each rate.
    members: usize,
    steady: Duration,
    rates: &'static [u32],
    /// Idle connections of W2: some, then many.
    idle: [usize; 2],
    /// How long nothing happens before memory and CPU time are read; a third of it after a start.
    idle_for: Duration,
    /// People of W3, who talk in pairs; how long before the window, and the window.
    people: usize,
    before: Duration,
    window: Duration,
    /// Messages of W4's conversations.
    histories: [i64; 2],
    fetching: Duration,
    /// Connections of W5, and the time within which they come back.
    storm: usize,
    back_within: Duration,
    /// Conversations of W6 and messages in each, and starts.
    full: (usize, i64),
    starts: usize,
    /// Messages and contacts of W8, and how long it is searched.
    found: (i64, usize),
    searching: Duration,
}

const FULL: Sizes = Sizes {
    members: 200,
    steady: Duration::from_secs(5),
    rates: &[20, 100, 400],
    idle: [1_000, 5_000],
    idle_for: Duration::from_secs(3),
    people: 1_000,
    before: Duration::from_millis(700),
    window: Duration::from_secs(4),
    histories: [100_000, 1_000],
    fetching: Duration::from_secs(2),
    storm: 1_000,
    back_within: Duration::from_secs(5),
    full: (10, 100_000),
    starts: 5,
    found: (100_000, 20_000),
    searching: Duration::from_secs(5),
};

const BRIEF: Sizes = Sizes {
    members: 20,
    steady: Duration::from_millis(500),
    rates: &[20, 100],
    idle: [20, 100],
    idle_for: Duration::from_millis(300),
    people: 40,
    before: Duration::from_millis(100),
    window: Duration::from_millis(400),
    histories: [1_000, 100],
    fetching: Duration::from_millis(200),
    storm: 40,
    back_within: Duration::from_secs(1),
    full: (2, 1_000),
    starts: 1,
    found: (500, 100),
    searching: Duration::from_millis(400),
};

/// Measures, prints the table and writes the JSON file.
pub fn main(options: &Chat) -> Result<()> {
    let machine = Machine::now();
    println!("{}", machine.sentence());
    if cfg!(debug_assertions) && !options.brief {
        return Err("A debug build measures nothing: add --release, or --brief.".into());
    }
    let postgres = match options.storage.split_once(':') {
        None if options.storage == "sqlite" => None,
        Some(("postgres", url)) => Some(url.to_owned()),
        _ => return Err("--storage is sqlite or postgres:URL.".into()),
    };
    let binary = binary()?;
    let files = machine::open_files();
    let cores = Cores::take();
    if cores.is_none() {
        println!("Server and generator share their cores: there is only one, or pinning is not allowed.");
    }
    let sizes = if options.brief { BRIEF } else { FULL };
    if files < sizes.idle[1] as u64 + 100 {
        return Err(format!("{files} open files are too few for {} connections.", sizes.idle[1]).into());
    }
    let report = Report::new(postgres.is_some());
    let bed = Bed { binary, cores, postgres };
    let mut run = Run { bed, sizes, options, report, begun: Instant::now() };
    // One thread: the generator has one core.
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(run.all())?;

    println!("\n{}", run.report.table(!options.brief));
    if options.brief {
        println!("Brief: counts are smaller than the figures' names say, times are short, and nothing is judged.");
    }
    let file = options.json.clone().map_or_else(|| beside_us("bench-chat.json"), Ok)?;
    let about = json!({
        "workloads": "chat", "brief": options.brief, "storage": options.storage.split(':').next(), "rounds": options.rounds,
        "pinned": cores.is_some(), "busy": machine.busy(),
    });
    run.report.write_json(&file, !options.brief, &machine, &about)?;
    println!("Took {} s. The figures are in {} too.", run.begun.elapsed().as_secs(), file.display());
    Ok(())
}

struct Run<'a> {
    bed: Bed,
    sizes: Sizes,
    options: &'a Chat,
    report: Report,
    begun: Instant,
}

impl Run<'_> {
    async fn all(&mut self) -> Result<()> {
        let rounds = if self.options.brief { 1 } else { self.options.rounds };
        for round in 1..=rounds {
            for system in self.systems() {
                let which = format!("{system:?}, round {round} of {rounds}");
                if self.wants("W1", &which) {
                    self.fan_out(system).await?;
                }
                if self.wants("W3", &which) {
                    self.small(system).await?;
                }
                if self.wants("W4", &which) {
                    self.history(system).await?;
                }
            }
        }
        for system in self.systems() {
            if self.wants("W2", &format!("{system:?}")) {
                self.idle(system).await?;
            }
        }
        if self.wants("W5", "Waggle") {
            storm::storm(&self.bed, &self.sizes, &mut self.report).await?;
        }
        if self.wants("W6", "Waggle") {
            self.starts().await?;
        }
        if self.wants("W8", "Waggle") {
            search::search(&self.bed, &self.sizes, &mut self.report).await?;
        }
        Ok(())
    }

    /// Floor and server in turn, so that what disturbs one round disturbs both. A floor on SQLite is none for
    /// PostgreSQL.
    fn systems(&self) -> Vec<System> {
        let floor = !self.options.no_floor && self.bed.postgres.is_none();
        if floor { vec![System::Floor, System::Waggle] } else { vec![System::Waggle] }
    }

    fn wants(&self, workload: &str, which: &str) -> bool {
        let only = &self.options.only;
        let wanted = only.is_empty() || only.iter().any(|name| name.eq_ignore_ascii_case(workload));
        if wanted {
            println!("{:>4} s  {workload} {which}", self.begun.elapsed().as_secs());
        }
        wanted
    }

    /// W1: everybody listens in one conversation; members say something in turn.
    async fn fan_out(&mut self, system: System) -> Result<()> {
        let members = self.sizes.members;
        let target = self.bed.start(system, World::new(1, members).room(0..members, 1)).await?;
        let tally = Arc::new(Tally::default());
        let listeners = load::listen(&target.site, 0..members, &tally).await?;
        for &rate in self.sizes.rates {
            // At the lowest rate the CPU time is counted in hundredths of a second, so it takes longer.
            let time = if rate < 100 { self.sizes.steady * 2 } else { self.sizes.steady };
            let cpu = target.process.cpu_secs();
            let posted = load::steady(&target.site, rate, time).await?;
            let expected = posted * (members as u64 - 1);
            let mut times = tally.take(expected).await;
            let (cpu, delivered) = (target.process.cpu_secs() - cpu, times.count() as f64);
            let missing = 100.0 * (expected as f64 - delivered) / expected as f64;
            if rate < 400 && missing != 0.0 {
                return Err(format!("W1, {system:?}: {missing:.2} % of what was said did not arrive.").into());
            }
            self.report.note(system, &format!("w1.cpu.{rate}"), cpu * 1_000.0 / delivered);
            self.report.note(system, &format!("w1.p99.{rate}"), times.percentile_ms(0.99));
            if rate == 20 {
                self.report.note(system, "w1.p50.20", times.percentile_ms(0.5));
            }
            if rate == 400 {
                self.report.note(system, "w1.missing.400", missing);
            }
        }
        drop(listeners);
        target.end().await;
        Ok(())
    }

    /// W2: connections that do nothing. What is read into caches once is not counted: a few come and go before.
    async fn idle(&mut self, system: System) -> Result<()> {
        let [some, many] = self.sizes.idle;
        let target = self.bed.start(system, World::new(many / some, some).pairs()).await?;
        drop(load::connect(&target.site, 0..some / 10).await?);
        tokio::time::sleep(self.sizes.idle_for).await;
        let before = target.process.rss_kib() as f64;
        let each = |rss: u64, count: usize| (rss as f64 - before) / count as f64;
        let mut open = load::connect(&target.site, 0..some).await?;
        tokio::time::sleep(self.sizes.idle_for).await;
        self.report.note(system, "w2.rss.some", each(target.process.rss_kib(), some));
        open.extend(load::connect(&target.site, some..many).await?);
        tokio::time::sleep(self.sizes.idle_for).await;
        self.report.note(system, "w2.rss.many", each(target.process.rss_kib(), many));
        let (begun, cpu) = (Instant::now(), target.process.cpu_secs());
        tokio::time::sleep(self.sizes.idle_for).await;
        let cpu = (target.process.cpu_secs() - cpu) * 1_000.0 / begun.elapsed().as_secs_f64();
        self.report.note(system, "w2.cpu.many", cpu);
        drop(open);
        target.end().await;
        Ok(())
    }

    /// W3: pairs talk, everybody listens; an acknowledgement means kept on disk.
    async fn small(&mut self, system: System) -> Result<()> {
        self.pairs(system, 1, "w3").await?;
        // One organization is one lock on PostgreSQL, so there are goals for many, too.
        if self.bed.postgres.is_some() && !self.options.brief {
            self.pairs(system, 50, "w3.spread").await?;
        }
        Ok(())
    }

    async fn pairs(&mut self, system: System, organizations: usize, key: &str) -> Result<()> {
        let Sizes { people, before, window, .. } = self.sizes;
        let target = self.bed.start(system, World::new(organizations, people / organizations).pairs()).await?;
        let tally = Arc::new(Tally::default());
        let listeners = load::listen(&target.site, 0..people, &tally).await?;
        if organizations == 1 {
            let mut one = load::closed_loop(&target.site, &target.process, 1, before, window).await?;
            self.report.note(system, "w3.p50.1", one.times.percentile_ms(0.5));
            self.report.note(system, "w3.p99.1", one.times.percentile_ms(0.99));
            self.heard_all(system, &tally, one.kept).await?;
        }
        let mut many = load::closed_loop(&target.site, &target.process, 50, before, window).await?;
        if organizations == 1 {
            self.report.note(system, "w3.p50.50", many.times.percentile_ms(0.5));
            self.report.note(system, "w3.p99.50", many.times.percentile_ms(0.99));
        }
        let kept = many.times.count() as f64;
        self.report.note(system, &format!("{key}.cpu.50"), many.cpu_secs * 1_000.0 / kept);
        self.report.note(system, &format!("{key}.rate.50"), kept / many.secs);
        self.heard_all(system, &tally, many.kept).await?;
        drop(listeners);
        target.end().await;
        Ok(())
    }

    /// A server that forgets to tell the other would be a fast one.
    async fn heard_all(&self, system: System, tally: &Tally, kept: u64) -> Result<()> {
        match tally.take(kept).await.count() as u64 {
            heard if heard == kept => Ok(()),
            heard => Err(format!("W3, {system:?}: {kept} messages were kept, {heard} were heard.").into()),
        }
    }

    /// W4: the newest 50 of a long and of a short conversation.
    async fn history(&mut self, system: System) -> Result<()> {
        let [long, short] = self.sizes.histories;
        let target = self.bed.start(system, World::new(1, 20).room(0..20, long).room(0..20, short)).await?;
        let (mut long, cpu) = load::fetch(&target.site, &target.process, 0, self.sizes.fetching).await?;
        let (mut short, _) = load::fetch(&target.site, &target.process, 1, self.sizes.fetching).await?;
        self.report.note(system, "w4.p50.long", long.percentile_ms(0.5));
        self.report.note(system, "w4.p99.long", long.percentile_ms(0.99));
        self.report.note(system, "w4.cpu.long", cpu);
        self.report.note(system, "w4.growth", long.percentile_ms(0.5) / short.percentile_ms(0.5));
        target.end().await;
        Ok(())
    }

    /// W6: from starting the program to its first answer, and what it holds a second later.
    async fn starts(&mut self) -> Result<()> {
        for _ in 0..self.sizes.starts {
            let target = self.bed.start(System::Waggle, World::new(0, 0)).await?;
            self.started(&target.process, "empty").await;
            target.end().await;
        }
        if self.bed.postgres.is_some() {
            return Ok(());
        }
        let (rooms, messages) = self.sizes.full;
        let world = (0..rooms).fold(World::new(1, 20 * rooms), |world, at| world.room(20 * at..20 * at + 20, messages));
        let mut target = self.bed.start(System::Waggle, world).await?;
        for _ in 0..self.sizes.starts {
            target = target.restart(&self.bed).await?;
            self.started(&target.process, "full").await;
        }
        // Whether all of it is there.
        target.site.reader().await?.newest(rooms - 1).await?;
        target.end().await;
        Ok(())
    }

    async fn started(&mut self, process: &crate::process::Process, key: &str) {
        self.report.note(System::Waggle, &format!("w6.ready.{key}"), process.ready_after.as_secs_f64() * 1_000.0);
        tokio::time::sleep(self.sizes.idle_for / 3).await;
        self.report.note(System::Waggle, &format!("w6.rss.{key}"), process.rss_kib() as f64 / 1_024.0);
    }
}

/// `WAGGLE_BINARY`, or the server built now, as we were and beside us.
fn binary() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("WAGGLE_BINARY") {
        println!("The server is the one that WAGGLE_BINARY names.");
        return Ok(path.into());
    }
    let binary = beside_us("waggle")?;
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--package", "waggle-server", "--bin", "waggle"]);
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    build.arg("--target-dir").arg(binary.ancestors().nth(2).unwrap_or(Path::new("target")));
    let kind = if cfg!(debug_assertions) { "debug" } else { "release" };
    println!("Building the server ({kind}); nothing happens when it is built already.");
    if build.current_dir(env!("CARGO_MANIFEST_DIR")).status()?.success() {
        Ok(binary)
    } else {
        Err("The server does not build.".into())
    }
}

fn beside_us(name: &str) -> Result<PathBuf> {
    Ok(std::env::current_exe()?.with_file_name(name))
}
