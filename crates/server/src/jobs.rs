//! The worker: takes due jobs of the table in `store::jobs`, a few at once, and hands each to the slice that knows it.
//!
//! A job that dies with the process is taken again when its lease has passed. Every slice ends its own job, in the
//! transaction that keeps the outcome.

use std::time::Duration;

use ::store::jobs::{self, Job};
use tokio::task::JoinSet;

use crate::answer::Fault;
use crate::app::Cx;
use crate::{mail, previews};

/// Kinds of jobs that wait for each other, and how many of them run at the same time: slow pages keep no mail waiting.
struct Lane {
    kinds: &'static [&'static str],
    at_once: usize,
}

const MAILS: Lane = Lane { kinds: &[mail::deliver::JOB], at_once: 4 };
const PREVIEWS: Lane = Lane { kinds: &[previews::fetch_preview::JOB], at_once: 4 };
/// How long a job may take before somebody else takes it.
const LEASE: Duration = Duration::from_secs(180);
/// How long a job that is done stays, for the curious.
const KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Old jobs are removed so often.
const TIDY_EVERY: Duration = Duration::from_secs(60 * 60);

/// Works until the server stops, and ends what it began.
pub async fn work(cx: Cx) {
    tokio::join!(work_in(&cx, &MAILS), work_in(&cx, &PREVIEWS), tidy(&cx));
}

async fn tidy(cx: &Cx) {
    let mut stopping = cx.stopping.subscribe();
    let mut tidy = tokio::time::interval(TIDY_EVERY);
    loop {
        tokio::select! {
            () = async { drop(stopping.wait_for(|stop| *stop).await) } => return,
            _ = tidy.tick() => forget(cx).await,
        }
    }
}

async fn work_in(cx: &Cx, lane: &Lane) {
    let mut stopping = cx.stopping.subscribe();
    let mut running = JoinSet::new();
    let mut second = tokio::time::interval(Duration::from_secs(1));
    second.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = async { drop(stopping.wait_for(|stop| *stop).await) } => break,
            _ = second.tick() => {}
            Some(_) = running.join_next() => {}
        }
        match claim(cx, lane.kinds, lane.at_once.saturating_sub(running.len())).await {
            Ok(due) => due.into_iter().for_each(|job| drop(running.spawn(run(cx.clone(), job)))),
            Err(error) => tracing::error!(%error, "Due jobs could not be taken; it is tried again in a second."),
        }
    }
    while running.join_next().await.is_some() {}
}

async fn claim(cx: &Cx, kinds: &'static [&'static str], free: usize) -> ::store::Result<Vec<Job>> {
    if free == 0 {
        return Ok(Vec::new());
    }
    let now = cx.now();
    cx.db.write(async move |tx| jobs::claim(tx, kinds, now, LEASE, free as i64).await).await
}

async fn run(cx: Cx, job: Job) {
    let done: Result<(), Fault> = match job.kind.as_str() {
        mail::deliver::JOB => mail::deliver::deliver(&cx, &job).await,
        previews::fetch_preview::JOB => previews::fetch_preview::fetch_preview(&cx, &job).await,
        // Only what stands in a lane is claimed.
        _ => Ok(()),
    };
    if let Err(error) = done {
        tracing::error!(job.id = %job.id, job.kind, %error, "A job could not be ended; it runs again after its lease.");
    }
}

async fn forget(cx: &Cx) {
    let before = cx.now() - KEPT;
    let done = cx.db.write(async move |tx| jobs::forget(tx, before, 10_000).await).await;
    if let Err(error) = done {
        tracing::error!(%error, "Old jobs could not be removed; it is tried again in an hour.");
    }
}

/// Runs all that is due at this moment, one after the other, and says how many there were.
#[cfg(test)]
pub(crate) async fn run_due(cx: &Cx) -> usize {
    let mut count = 0;
    loop {
        let mut due = claim(cx, MAILS.kinds, MAILS.at_once).await.expect("the job table");
        due.extend(claim(cx, PREVIEWS.kinds, PREVIEWS.at_once).await.expect("the job table"));
        if due.is_empty() {
            return count;
        }
        for job in due {
            count += 1;
            run(cx.clone(), job).await;
        }
    }
}
