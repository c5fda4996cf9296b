//! A process under measurement: started on its core, asked for its CPU time and memory, killed at the end.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::machine::Cores;
use crate::wire::Wire;

/// A running process. Dropping it kills it.
pub struct Process {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From starting it to its first answer.
    pub ready_after: Duration,
}

impl Process {
    /// Starts it and waits until `/readyz` says so.
    pub async fn start(cores: Option<Cores>, port: u16, command: &mut Command) -> Result<Self> {
        // The server refuses settings that it does not know.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("WAGGLE_")) {
            command.env_remove(name);
        }
        command.env("WAGGLE_LOG", "warn").stdin(Stdio::null()).stdout(Stdio::null());
        let begun = Instant::now();
        let child = Cores::spawn(cores, command).map_err(|error| format!("{command:?}: {error}"))?;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut process = Self { child, address, ready_after: Duration::ZERO };
        while !is_ready(address).await {
            if let Some(status) = process.child.try_wait()? {
                return Err(format!("The program under measurement ended with {status}.").into());
            }
            if begun.elapsed() > Duration::from_secs(60) {
                return Err("The program under measurement did not become ready within a minute.".into());
            }
            // The pace of asking, and so the resolution of `ready_after`.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.ready_after = begun.elapsed();
        Ok(process)
    }

    /// Seconds of CPU it has used, to the hundredth.
    pub fn cpu_secs(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id())).unwrap_or_default();
        // The second field is the program's name in brackets, which may hold anything.
        let fields = stat.rsplit_once(") ").map(|(_, rest)| rest).unwrap_or_default();
        let ticks: u64 = fields.split(' ').skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
        ticks as f64 / rustix::param::clock_ticks_per_second() as f64
    }

    /// KiB of memory it holds.
    pub fn rss_kib(&self) -> u64 {
        rss_kib(self.child.id())
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.child.id()
    }
}

/// KiB of memory that a process holds.
pub fn rss_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut wire) = Wire::open(address).await else { return false };
    wire.request("GET", "/readyz", "", b"").await.is_ok_and(|answer| answer.status == 200)
}

/// A loopback port that nobody uses now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
