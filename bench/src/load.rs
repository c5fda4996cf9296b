//! The generator: who listens, who posts at a steady rate or in a closed loop, and when what arrived.
//!
//! Everything runs on one thread. A message carries in its body when it was sent and by whom, so that a listener
//! needs no table to know how long it took.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant};

use memchr::memmem;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{interval, sleep, sleep_until};

use crate::Result;
use crate::process::Process;
use crate::target::{Site, Speaker};
use crate::wire::Wire;

/// What was said before the measurement: 100 bytes.
pub const EARLIER: &str =
    "The arms of line 3 stop for 40 ms when both cameras see the same part; can you look at it this week?";

/// Connections that are opened at once.
const OPENING: usize = 32;
/// Connections that a steady rate may use.
const SPEAKERS: usize = 64;

static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);
static BODY: LazyLock<memmem::Finder<'_>> = LazyLock::new(|| memmem::Finder::new("\"body\":\"t"));

/// A body of 100 bytes that says when it was sent and by whom.
fn body(at: Instant, author: usize) -> String {
    let micros = at.saturating_duration_since(*BEGINNING).as_micros();
    format!("t{micros:014}a{author:06} {:.<77}", "")
}

/// When a frame's message was sent, and by whom; none when it is no message.
pub fn stamp(frame: &[u8]) -> Option<(Instant, usize)> {
    let at = BODY.find(frame)? + BODY.needle().len();
    let text = std::str::from_utf8(frame.get(at..at + 21)?).ok()?;
    let (micros, author) = text.split_once('a')?;
    Some((*BEGINNING + Duration::from_micros(micros.parse().ok()?), author.parse().ok()?))
}

/// Times in microseconds.
#[derive(Default)]
pub struct Times(Vec<u32>);

impl Times {
    /// Those of somebody else too.
    pub fn add(&mut self, other: Times) {
        self.0.extend(other.0);
    }

    /// One more.
    pub fn note(&mut self, took: Duration) {
        self.0.push(u32::try_from(took.as_micros()).unwrap_or(u32::MAX));
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The time in ms that this share of them stayed within; 0 when there is none.
    pub fn percentile_ms(&mut self, share: f64) -> f64 {
        self.0.sort_unstable();
        let at = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(at.saturating_sub(1)).map_or(0.0, |micros| f64::from(*micros) / 1_000.0)
    }
}

/// What listeners heard of others.
#[derive(Default)]
pub struct Tally {
    heard: AtomicU64,
    times: Mutex<Times>,
}

impl Tally {
    fn hear(&self, took: Duration) {
        self.heard.fetch_add(1, Ordering::Relaxed);
        self.times.lock().unwrap_or_else(PoisonError::into_inner).note(took);
    }

    /// How much was heard so far.
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    /// Waits until so much was heard, or nothing more comes, and begins anew.
    pub async fn take(&self, expected: u64) -> Times {
        let mut last = (self.heard(), Instant::now());
        while last.0 < expected && last.1.elapsed() < Duration::from_secs(2) {
            sleep(Duration::from_millis(5)).await;
            if self.heard() != last.0 {
                last = (self.heard(), Instant::now());
            }
        }
        self.heard.store(0, Ordering::Relaxed);
        std::mem::take(&mut *self.times.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Opens the live connections of these people.
pub async fn connect(site: &Site, people: Range<usize>) -> Result<Vec<(usize, Wire, String)>> {
    let mut opening = JoinSet::new();
    let mut open = Vec::with_capacity(people.len());
    for person in people {
        if opening.len() >= OPENING
            && let Some(opened) = opening.join_next().await
        {
            open.push(opened??);
        }
        let site = site.clone();
        opening.spawn(async move {
            let (wire, first) = site.listen(person, None).await?;
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((person, wire, first))
        });
    }
    while let Some(opened) = opening.join_next().await {
        open.push(opened??);
    }
    Ok(open)
}

/// These people listen, and what they hear of others is counted, until the set is dropped.
pub async fn listen(site: &Site, people: Range<usize>, tally: &Arc<Tally>) -> Result<JoinSet<()>> {
    let mut listeners = JoinSet::new();
    for (person, mut wire, _) in connect(site, people).await? {
        let tally = tally.clone();
        listeners.spawn(async move {
            while let Ok(Some(frame)) = wire.hear().await {
                if let Some((sent, author)) = stamp(frame)
                    && author != person
                {
                    tally.hear(sent.elapsed());
                }
            }
        });
    }
    Ok(listeners)
}

/// Everybody of the first room in turn says something, so often a second. Returns how many were kept.
pub async fn steady(site: &Site, per_second: u32, time: Duration) -> Result<u64> {
    let (idle, mut speakers) = mpsc::channel(SPEAKERS);
    for _ in 0..SPEAKERS {
        idle.send(site.speaker().await?).await?;
    }
    let members = &site.world.rooms[0].members;
    let count = (f64::from(per_second) * time.as_secs_f64()) as usize;
    let mut posts = JoinSet::new();
    let mut ticks = interval(time / count as u32);
    for number in 0..count {
        let due = ticks.tick().await.into_std();
        // A timer's own lateness is not the server's; that no connection was free before is.
        let sent = Instant::now().min(due + Duration::from_millis(2));
        let mut speaker: Speaker = speakers.recv().await.ok_or("Every connection failed.")?;
        let (author, idle) = (members[number % members.len()], idle.clone());
        posts.spawn(async move {
            let posted = speaker.post(0, author, &body(sent, author)).await;
            let _ = idle.send(speaker).await;
            posted
        });
    }
    while let Some(posted) = posts.join_next().await {
        posted??;
    }
    Ok(count as u64)
}

/// What a closed loop found.
pub struct Looped {
    /// From sending to the acknowledgement, within the window.
    pub times: Times,
    /// The window's length.
    pub secs: f64,
    /// The target's CPU time within the window.
    pub cpu_secs: f64,
    /// All that was kept, before, within and after the window.
    pub kept: u64,
}

/// So many are always in flight, over all rooms, for a while before the window and through it.
pub async fn closed_loop(
    site: &Site,
    process: &Process,
    in_flight: usize,
    before: Duration,
    window: Duration,
) -> Result<Looped> {
    struct Phase {
        within: AtomicBool,
        over: AtomicBool,
    }
    let phase = Arc::new(Phase { within: AtomicBool::new(false), over: AtomicBool::new(false) });
    let mut workers = JoinSet::new();
    for first in 0..in_flight {
        let (phase, site, mut speaker) = (phase.clone(), site.clone(), site.speaker().await?);
        workers.spawn(async move {
            let (mut times, mut kept) = (Times::default(), 0);
            while !phase.over.load(Ordering::Relaxed) {
                let room = (first + kept as usize * in_flight) % site.world.rooms.len();
                let members = &site.world.rooms[room].members;
                let (author, sent) = (members[kept as usize % members.len()], Instant::now());
                speaker.post(room, author, &body(sent, author)).await?;
                kept += 1;
                if phase.within.load(Ordering::Relaxed) {
                    times.note(sent.elapsed());
                }
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>((times, kept))
        });
    }
    sleep(before).await;
    let (begun, cpu) = (Instant::now(), process.cpu_secs());
    phase.within.store(true, Ordering::Relaxed);
    sleep_until((begun + window).into()).await;
    phase.within.store(false, Ordering::Relaxed);
    let (secs, cpu_secs) = (begun.elapsed().as_secs_f64(), process.cpu_secs() - cpu);
    phase.over.store(true, Ordering::Relaxed);
    let mut looped = Looped { times: Times::default(), secs, cpu_secs, kept: 0 };
    while let Some(done) = workers.join_next().await {
        let (times, kept) = done??;
        looped.times.0.extend(times.0);
        looped.kept += kept;
    }
    Ok(looped)
}

/// Fetches the newest 50 of a room again and again, and the target's CPU time in ms for one.
pub async fn fetch(site: &Site, process: &Process, room: usize, time: Duration) -> Result<(Times, f64)> {
    let mut reader = site.reader().await?;
    for _ in 0..100 {
        reader.newest(room).await?;
    }
    let (begun, cpu, mut times) = (Instant::now(), process.cpu_secs(), Times::default());
    while begun.elapsed() < time {
        let asked = Instant::now();
        reader.newest(room).await?;
        times.note(asked.elapsed());
    }
    let cpu_ms = (process.cpu_secs() - cpu) * 1_000.0 / times.count() as f64;
    Ok((times, cpu_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_tells_when_and_by_whom() {
        let sent = *BEGINNING + Duration::from_micros(1_234_567);
        let body = body(sent, 42);
        assert_eq!((body.len(), EARLIER.len()), (100, 100));
        let frame = format!(r#"{{"type":"event","event":{{"message":{{"body":"{body}"}}}}}}"#);
        assert_eq!(stamp(frame.as_bytes()), Some((sent, 42)));
        assert_eq!(stamp(br#"{"type":"ack","id":"bench-1"}"#), None);
    }

    #[test]
    fn percentiles() {
        let mut times = Times((1..=100).rev().map(|ms| ms * 1_000).collect());
        assert_eq!([0.5, 0.99, 1.0].map(|share| times.percentile_ms(share)), [50.0, 99.0, 100.0]);
        assert_eq!(Times::default().percentile_ms(0.5), 0.0);
    }
}
