//! Tries inputs: those that are kept, then mutated ones until the time is over.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::random::Random;
use crate::targets::Target;

/// Bytes of an input.
const LONGEST: usize = 64 * 1024;
/// An input that takes longer is one that somebody could stop the server with.
const PATIENCE: Duration = Duration::from_secs(2);
/// Inputs that are mutated further.
const POOL: usize = 4_000;

/// Tries one target; says whether everything held.
pub fn fuzz(target: &'static Target, seed: u64, time: Duration) -> bool {
    let watch = Watch::begin(target);
    let mut random = Random::new(seed ^ hash(target.name.as_bytes()));
    let (mut pool, mut sketches, mut tried) = (Vec::new(), HashSet::new(), 0_u64);
    for input in kept(target) {
        if !watch.holds(&input, |sketch| {
            sketches.insert(sketch);
        }) {
            return failed(target, input);
        }
        pool.push(input);
        tried += 1;
    }
    let until = Instant::now() + time;
    while Instant::now() < until {
        let mut input = random.one(&pool).cloned().unwrap_or_default();
        for _ in 0..=random.below(4) {
            mutate(&mut input, target, &pool, &mut random);
        }
        input.truncate(LONGEST);
        let mut new = false;
        if !watch.holds(&input, |sketch| new = sketches.insert(sketch)) {
            eprintln!("{}: seed {seed}, input {tried}", target.name);
            return failed(target, smaller(&watch, input));
        }
        if new && pool.len() < POOL {
            pool.push(input);
        }
        tried += 1;
    }
    println!("{}: {tried} inputs, {} of them different in what they did", target.name, sketches.len());
    true
}

/// Tries one input; says whether everything held.
pub fn try_one(target: &'static Target, input: &[u8]) -> bool {
    let held = Watch::begin(target).holds(input, |_| {});
    println!("{}: {}", target.name, if held { "it holds" } else { "it fails" });
    held
}

/// The inputs of the repository: what a target begins with, and what was found.
pub fn kept(target: &Target) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> = (target.seeds)();
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder(target)).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.sort();
    all.extend(files.iter().filter_map(|file| std::fs::read(file).ok()));
    all
}

fn folder(target: &Target) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target.name)
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Keeps the input and says how to try it again.
fn failed(target: &Target, input: Vec<u8>) -> bool {
    let (held, folder) = (try_quietly(target, &input), folder(target));
    let file = folder.join(format!("found-{:016x}", hash(&input)));
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, &input));
    eprintln!("{} fails: {}", target.name, held.err().unwrap_or_else(|| "it was too slow".to_owned()));
    eprintln!("  {} bytes: {}", input.len(), String::from_utf8_lossy(&input[..input.len().min(2_000)]).escape_debug());
    match written {
        Ok(()) => eprintln!("  cargo run -p waggle-fuzz -- --input {} {}", file.display(), target.name),
        Err(error) => eprintln!("  It could not be kept: {error}."),
    }
    false
}

/// The sketch, or what the panic said.
fn try_quietly(target: &Target, input: &[u8]) -> Result<u64, String> {
    panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().cloned();
        text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
    })
}

/// Looks after the time that an input takes, from another thread: what hangs cannot say so itself.
struct Watch {
    target: &'static Target,
    current: Arc<Mutex<Current>>,
}

/// What is tried at this moment, and since when.
type Current = Option<(Instant, Vec<u8>)>;

impl Watch {
    fn begin(target: &'static Target) -> Self {
        panic::set_hook(Box::new(|_| {}));
        let current: Arc<Mutex<Current>> = Arc::default();
        let watched = Arc::downgrade(&current);
        std::thread::spawn(move || {
            while let Some(current) = watched.upgrade() {
                let now = current.lock().unwrap_or_else(PoisonError::into_inner).clone();
                if let Some((since, input)) = now.filter(|(since, _)| since.elapsed() > PATIENCE * 10) {
                    eprintln!("{} has not answered for {} s", target.name, since.elapsed().as_secs());
                    let file = folder(target).join(format!("found-{:016x}", hash(&input)));
                    let _ = std::fs::create_dir_all(folder(target)).and_then(|()| std::fs::write(&file, &input));
                    eprintln!("  cargo run -p waggle-fuzz -- --input {} {}", file.display(), target.name);
                    std::process::exit(1);
                }
                drop(current);
                // The pace of looking: a watch that nobody waits for.
                std::thread::sleep(Duration::from_millis(200));
            }
        });
        Self { target, current }
    }

    /// Whether everything held, in time.
    fn holds(&self, input: &[u8], sketch: impl FnOnce(u64)) -> bool {
        let began = Instant::now();
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = Some((began, input.to_vec()));
        let tried = try_quietly(self.target, input);
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = None;
        // On a busy machine anything is slow once.
        let in_time = || {
            began.elapsed() < PATIENCE || {
                let again = Instant::now();
                let _ = try_quietly(self.target, input);
                again.elapsed() < PATIENCE
            }
        };
        match tried {
            Ok(done) => {
                sketch(done);
                in_time()
            }
            Err(_) => false,
        }
    }
}

/// The smallest part found that fails too.
fn smaller(watch: &Watch, mut input: Vec<u8>) -> Vec<u8> {
    let mut step = input.len() / 2;
    while step > 0 {
        let mut at = 0;
        while at < input.len() {
            let end = (at + step).min(input.len());
            let less = [&input[..at], &input[end..]].concat();
            if watch.holds(&less, |_| {}) {
                at = end;
            } else {
                input = less;
            }
        }
        step /= 2;
    }
    input
}

fn mutate(input: &mut Vec<u8>, target: &Target, pool: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len() + 1);
    let stretch = |random: &mut Random, of: &[u8]| {
        let from = random.below(of.len());
        of[from..(from + 1 + random.below(40)).min(of.len())].to_vec()
    };
    match random.below(9) {
        0 => {
            if let Some(byte) = input.get_mut(at) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => {
            if let Some(byte) = input.get_mut(at) {
                *byte = random.byte();
            }
        }
        2 => drop(input.drain(at..(at + 1 + random.below(12)).min(input.len()).max(at))),
        3 | 4 => {
            let word = random.one(target.words).map(|word| word.as_bytes().to_vec()).unwrap_or_default();
            input.splice(at..at, word);
        }
        5 => {
            let other = random.one(pool).cloned().unwrap_or_default();
            let part = stretch(random, &other);
            input.splice(at..at, part);
        }
        6 => {
            let part = stretch(random, input);
            input.splice(at..at, part);
        }
        7 => {
            // Much of the same: what is not linear shows.
            let part = stretch(random, input);
            if random.below(40) == 0 && !part.is_empty() {
                input.splice(at..at, part.repeat(20_000 / part.len()));
            } else {
                input.splice(at..at, part.repeat(1 + random.below(8)));
            }
        }
        _ => {
            let character = *random
                .one(&[
                    '"', '\\', '\0', '\u{feff}', '\u{202e}', 'ß', 'İ', '\u{301}', '👍', '\r', '\n', '\t', ',', ';',
                    ':', '=',
                ])
                .unwrap_or(&' ');
            let mut bytes = [0; 4];
            let bytes = character.encode_utf8(&mut bytes).as_bytes().to_vec();
            input.splice(at..at, bytes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::targets::TARGETS;

    #[test]
    fn what_was_found_stays_mended() {
        for target in TARGETS {
            for input in kept(target) {
                assert!(Watch::begin(target).holds(&input, |_| {}), "{}: {}", target.name, input.escape_ascii());
            }
        }
    }

    #[test]
    fn a_failure_is_seen_and_made_small() {
        static FUSSY: Target = Target {
            name: "fussy",
            seeds: || vec![b"abc".to_vec()],
            words: &["boom"],
            run: |input| {
                assert!(!input.windows(4).any(|part| part == b"boom"));
                input.len() as u64
            },
        };
        let watch = Watch::begin(&FUSSY);
        assert!(!watch.holds(b"x boom y", |_| {}));
        assert_eq!(smaller(&watch, b"some boom and more".to_vec()), b"boom");
        let mut random = Random::new(1);
        let mut input = b"abc".to_vec();
        let found = (0..10_000).any(|_| {
            mutate(&mut input, &FUSSY, &[b"abc".to_vec()], &mut random);
            input.truncate(100);
            !watch.holds(&input, |_| {})
        });
        assert!(found);
    }
}
