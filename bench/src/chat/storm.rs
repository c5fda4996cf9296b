//! W5: every connection is dropped at once and comes back with its cursor, while others go on posting.
//!
//! Everybody is in one conversation and knows which message must come next, so a message that got lost or came twice
//! on the way is seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use memchr::memmem;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Sizes;
use crate::Result;
use crate::load::{self, stamp};
use crate::process::rss_kib;
use crate::report::Report;
use crate::target::{Bed, Site, System};
use crate::wire::Wire;
use crate::world::World;

/// Sends in flight meanwhile.
const IN_FLIGHT: usize = 5;

/// What all of them share.
#[derive(Default)]
struct Shared {
    /// Messages that came when they should.
    heard: AtomicU64,
    /// Messages that came out of turn.
    wrong: AtomicU64,
}

/// Runs it.
pub(super) async fn storm(bed: &Bed, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let target = bed.start(System::Waggle, World::new(1, sizes.storm).pairs()).await?;
    let site = &target.site;
    let shared = Arc::new(Shared::default());
    let (drop_now, dropped) = watch::channel(false);
    let (back, mut returns) = mpsc::unbounded_channel();
    let mut clients = JoinSet::new();
    for (person, wire, first) in load::connect(site, 0..sizes.storm).await? {
        let cursor = text_after(first.as_bytes(), b"\"cursor\":\"").unwrap_or_default();
        let client = Client { site: site.clone(), shared: shared.clone(), person, cursor, position: 1 };
        // Spread over the time, neighbours apart.
        let pause = sizes.back_within.mul_f64((person * 7_919 % sizes.storm) as f64 / sizes.storm as f64);
        clients.spawn(client.live(wire, dropped.clone(), pause, back.clone()));
    }
    drop(back);

    let (before, window) = (Duration::from_secs(1), sizes.back_within + Duration::from_secs(1));
    let process = target.process.id();
    let disturb = async {
        sleep(before).await;
        let (rss, begun, mut peak) = (rss_kib(process), Instant::now(), 0);
        let _ = drop_now.send(true);
        while begun.elapsed() < window {
            sleep(Duration::from_millis(20)).await;
            peak = peak.max(rss_kib(process));
        }
        (rss, peak)
    };
    let posting = load::closed_loop(site, &target.process, IN_FLIGHT, before, window);
    let (looped, (rss, peak)) = tokio::join!(posting, disturb);
    let mut looped = looped?;

    let (mut current, mut anew) = (Vec::new(), 0.0);
    while current.len() < sizes.storm {
        let (took, resumed): (Duration, bool) = tokio::select! {
            back = returns.recv() => back.ok_or("Every client failed.")?,
            ended = clients.join_next() => match ended {
                Some(ended) => { ended??; continue }
                None => return Err("Every client ended.".into()),
            },
            () = sleep(Duration::from_secs(30)) => {
                return Err(format!("Only {} of {} clients are current again.", current.len(), sizes.storm).into());
            }
        };
        current.push(took.as_secs_f64());
        anew += f64::from(u8::from(!resumed));
    }
    let expected = looped.kept * 2;
    let until = Instant::now() + Duration::from_secs(5);
    while shared.heard.load(Ordering::Relaxed) < expected && Instant::now() < until {
        sleep(Duration::from_millis(10)).await;
    }
    let missing = expected.abs_diff(shared.heard.load(Ordering::Relaxed));
    let wrong = shared.wrong.load(Ordering::Relaxed).max(missing);
    current.sort_by(f64::total_cmp);
    let mut note = |key: &str, value: f64| report.note(System::Waggle, key, value);
    note("w5.current.worst", current.last().copied().unwrap_or_default());
    note("w5.current.p50", current.get(current.len() / 2).copied().unwrap_or_default());
    note("w5.ack.p99", looped.times.percentile_ms(0.99));
    note("w5.rss.peak", peak as f64 / rss as f64);
    note("w5.rss.after", rss_kib(process) as f64 / rss as f64);
    note("w5.wrong", wrong as f64);
    note("w5.anew", anew);
    drop(clients);
    target.end().await;
    Ok(())
}

/// Somebody's browser.
struct Client {
    site: Site,
    shared: Arc<Shared>,
    person: usize,
    cursor: String,
    /// Of the newest message heard of.
    position: u64,
}

impl Client {
    /// Listens until the drop, comes back after the pause, says how long it took to be current, and listens on.
    async fn live(
        mut self,
        mut wire: Wire,
        mut dropped: watch::Receiver<bool>,
        pause: Duration,
        back: mpsc::UnboundedSender<(Duration, bool)>,
    ) -> Result<()> {
        loop {
            tokio::select! {
                frame = wire.hear() => self.heard(frame?.ok_or("A connection ended before the storm.")?),
                _ = dropped.changed() => break,
            }
        }
        drop(wire);
        sleep(pause).await;
        let begun = Instant::now();
        let (mut wire, first) = self.site.listen(self.person, Some(self.cursor.clone())).await?;
        let missed = memmem::find(first.as_bytes(), b"\"type\":\"resumed\"")
            .and_then(|_| number_after(first.as_bytes(), b"\"missed\":"));
        for _ in 0..missed.unwrap_or(0) {
            let frame = wire.hear().await?.ok_or("A connection ended while it resumed.")?;
            self.heard(frame);
        }
        back.send((begun.elapsed(), missed.is_some()))?;
        drop(back);
        loop {
            let frame = wire.hear().await?.ok_or("A connection ended after the storm.")?;
            self.heard(frame);
        }
    }

    fn heard(&mut self, frame: &[u8]) {
        if let Some(cursor) = text_after(frame, b"\"cursor\":\"") {
            self.cursor = cursor;
        }
        // The message's own position is the last one in the frame.
        let position = memmem::rfind(frame, b"\"position\":").filter(|_| stamp(frame).is_some());
        let Some(position) = position.and_then(|at| number_after(&frame[at..], b"\"position\":")) else { return };
        if position == self.position + 1 {
            self.shared.heard.fetch_add(1, Ordering::Relaxed);
        } else {
            self.shared.wrong.fetch_add(1, Ordering::Relaxed);
        }
        self.position = position;
    }
}

fn text_after(frame: &[u8], key: &[u8]) -> Option<String> {
    let from = memmem::find(frame, key)? + key.len();
    let length = frame[from..].iter().position(|byte| *byte == b'"')?;
    String::from_utf8(frame[from..from + length].to_vec()).ok()
}

fn number_after(frame: &[u8], key: &[u8]) -> Option<u64> {
    let from = memmem::find(frame, key)? + key.len();
    let length = frame[from..].iter().position(|byte| !byte.is_ascii_digit())?;
    std::str::from_utf8(&frame[from..from + length]).ok()?.parse().ok()
}
