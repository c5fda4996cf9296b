//! W8: eight people search at a time, in a conversation of many messages and a phonebook of many contacts.
//!
//! The messages are rows before the server starts, which its index gathers by itself; the contacts come by an import,
//! as they do for everybody. The measuring begins when both are done.

use std::time::{Duration, Instant};

use memchr::memmem;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Sizes;
use crate::Result;
use crate::load::Times;
use crate::report::Report;
use crate::target::{Bed, Site, System};
use crate::wire::Wire;
use crate::world::World;

/// Searches at a time.
const AT_A_TIME: usize = 8;
/// Indexing takes no longer, or something is wrong.
const INDEXED_WITHIN: Duration = Duration::from_secs(300);
/// Words there are; each text has four of them.
const WORDS: usize = 4_000;

/// A word that is made up: three or four syllables, each word another.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 10] = ["ka", "lo", "mi", "ren", "tu", "sha", "bel", "dor", "vin", "pes"];
    let mut rest = number * 7_919 % WORDS;
    let mut word = String::new();
    for _ in 0..4 {
        word.push_str(SYLLABLES[rest % 10]);
        rest /= 10;
    }
    word
}

/// What a message with this number says.
pub(crate) fn said(number: usize) -> String {
    format!("{} {} {} {}", word(number), word(number / 3), word(number / 7), word(number / 11))
}

/// Runs it.
pub(super) async fn search(bed: &Bed, sizes: &Sizes, report: &mut Report) -> Result<()> {
    let (messages, contacts) = sizes.found;
    let target = bed.start(System::Waggle, World::new(1, 20).room(0..20, messages).wordy()).await?;
    let site = &target.site;
    let mut wire = Wire::open(site.address).await?;
    import(site, &mut wire, contacts).await?;
    // The newest message and the last contact are the last to be found.
    let newest = said(messages as usize - 1);
    until_found(site, &mut wire, &newest.replace(' ', "%20"), b"\"messages\":[{").await?;

    let (begun, cpu) = (Instant::now(), target.process.cpu_secs());
    let mut searching = JoinSet::new();
    for first in 0..AT_A_TIME {
        let (site, mut wire, time) = (site.clone(), Wire::open(site.address).await?, sizes.searching);
        searching.spawn(async move {
            let (mut times, mut number) = (Times::default(), first);
            while begun.elapsed() < time {
                // As somebody types: the beginning of one word, or of two.
                let (one, other) = (word(number), word(number * 31));
                let query = if number % 2 == 0 { one[..4].to_owned() } else { format!("{one}%20{}", &other[..3]) };
                let asked = Instant::now();
                ask(&site, &mut wire, first, &query).await?;
                times.note(asked.elapsed());
                number += AT_A_TIME;
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
        });
    }
    let mut times = Times::default();
    while let Some(done) = searching.join_next().await {
        times.add(done??);
    }
    let cpu_ms = (target.process.cpu_secs() - cpu) * 1_000.0 / times.count() as f64;
    report.note(System::Waggle, "w8.p50", times.percentile_ms(0.5));
    report.note(System::Waggle, "w8.p95", times.percentile_ms(0.95));
    report.note(System::Waggle, "w8.cpu", cpu_ms);
    target.end().await;
    Ok(())
}

/// One search; says how it was answered.
async fn ask<'w>(site: &Site, wire: &'w mut Wire, person: usize, query: &str) -> Result<&'w [u8]> {
    let path = format!("/api/search?query={query}");
    let answer = wire.request("GET", &path, &site.world.people[person].cookie(), b"").await?;
    match answer.status {
        200 => Ok(answer.body),
        status => Err(format!("A search was answered with {status}.").into()),
    }
}

async fn until_found(site: &Site, wire: &mut Wire, query: &str, sign: &[u8]) -> Result<()> {
    let begun = Instant::now();
    while memmem::find(ask(site, wire, 0, query).await?, sign).is_none() {
        if begun.elapsed() > INDEXED_WITHIN {
            return Err(format!("After {INDEXED_WITHIN:?} a search does not find {query}.").into());
        }
        // The pace of asking, before anything is measured.
        sleep(Duration::from_millis(200)).await;
    }
    Ok(())
}

/// Fills a phonebook of the first person's.
async fn import(site: &Site, wire: &mut Wire, contacts: usize) -> Result<()> {
    let person = |at: usize| format!("{} {},{},p{at}@x.example\n", word(at), word(at / 5), word(at / 9));
    let text = format!("Name,Company,Email\n{}", (0..contacts).map(person).collect::<String>());
    let book = post(site, wire, "/api/phonebooks", &json!({ "name": "Many", "kind": "personal" })).await?;
    let import = json!({ "format": "csv", "text": text });
    let path = format!("/api/phonebooks/{}/imports", book["id"].as_str().unwrap_or_default());
    let import = post(site, wire, &path, &import).await?;
    let path = format!("/api/imports/{}", import["id"].as_str().unwrap_or_default());
    let begun = Instant::now();
    loop {
        let answer = wire.request("GET", &path, &site.world.people[0].cookie(), b"").await?;
        let now: Value = serde_json::from_slice(answer.body)?;
        match now["state"].as_str() {
            Some("running") if begun.elapsed() < INDEXED_WITHIN => sleep(Duration::from_millis(200)).await,
            Some("done") => return Ok(()),
            _ => return Err(format!("The import of {contacts} contacts did not end well: {now}").into()),
        }
    }
}

async fn post(site: &Site, wire: &mut Wire, path: &str, body: &Value) -> Result<Value> {
    let body = body.to_string();
    let answer = wire.request("POST", path, &site.world.people[0].cookie(), body.as_bytes()).await?;
    match answer.status {
        200 => Ok(serde_json::from_slice(answer.body)?),
        status => Err(format!("{path} was answered with {status}: {}", String::from_utf8_lossy(answer.body)).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_differ_and_are_long_enough_to_be_typed_in_part() {
        let mut words: Vec<String> = (0..WORDS).map(word).collect();
        assert!(words.iter().all(|word| word.len() >= 8));
        words.sort();
        words.dedup();
        assert_eq!(words.len(), WORDS);
    }
}
