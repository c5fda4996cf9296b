//! The machine: which cores there are, what a process of ours may open, and how to name it in words.

use std::fs;
use std::process::{Child, Command};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use serde::Serialize;

/// Which core does what.
#[derive(Debug, Clone, Copy)]
pub struct Cores {
    server: usize,
    generator: usize,
}

impl Cores {
    /// Gives the generator, which is this thread and all that it starts, its core. None when there is only one, or
    /// pinning is not allowed.
    pub fn take() -> Option<Self> {
        let allowed = sched_getaffinity(None).ok()?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        let cores = Self { server: cores.next()?, generator: cores.next()? };
        pin(cores.generator).then_some(cores)
    }

    /// Starts a program on the server's core: a child inherits the core of the thread that starts it.
    pub fn spawn(cores: Option<Self>, command: &mut Command) -> std::io::Result<Child> {
        let Some(cores) = cores else { return command.spawn() };
        pin(cores.server);
        let child = command.spawn();
        pin(cores.generator);
        child
    }
}

fn pin(core: usize) -> bool {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).is_ok()
}

/// Raises the number of open files as far as allowed, and says how many these are. Children inherit it.
pub fn open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

/// The machine in words.
#[derive(Serialize)]
pub struct Machine {
    processor: String,
    cores: usize,
    memory_gib: u64,
    kernel: String,
    load_average: f64,
}

impl Machine {
    /// This one, now.
    pub fn now() -> Self {
        let field = |file: &str, name: &str| {
            let text = fs::read_to_string(file).unwrap_or_default();
            let line = text.lines().find(|line| line.starts_with(name));
            line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
        };
        let first = |file: &str| fs::read_to_string(file).unwrap_or_default().trim().to_owned();
        let memory = field("/proc/meminfo", "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0_u64);
        let load = first("/proc/loadavg").split(' ').next().and_then(|text| text.parse().ok());
        Self {
            processor: field("/proc/cpuinfo", "model name"),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_gib: memory.div_ceil(1024 * 1024),
            kernel: first("/proc/sys/kernel/osrelease"),
            load_average: load.unwrap_or(0.0),
        }
    }

    /// Whether something else uses it, so that latencies and rates mean little.
    pub fn busy(&self) -> bool {
        self.load_average > 0.5
    }

    /// One line for people.
    pub fn sentence(&self) -> String {
        let Self { processor, cores, memory_gib, kernel, load_average } = self;
        let busy = if self.busy() { ", machine busy" } else { "" };
        format!("{processor}, {cores} cores, {memory_gib} GiB, Linux {kernel}, load {load_average:.1}{busy}")
    }
}
