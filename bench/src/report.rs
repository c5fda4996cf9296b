//! Figures and goals: what was measured of the floor and of the server, and whether that is good enough.

use std::fmt::Write;
use std::path::Path;

use serde_json::json;

use crate::Result;
use crate::machine::Machine;
use crate::target::System;

/// What a figure is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Goal {
    /// Nothing: it explains others.
    None,
    /// At most so many times the floor's.
    FloorMost(f64),
    /// At least this share of the floor's.
    FloorLeast(f64),
    /// At most this.
    Most(f64),
    /// At least this.
    Least(f64),
}

struct Definition {
    key: &'static str,
    name: &'static str,
    digits: usize,
    goal: Goal,
    /// On PostgreSQL, where the floor says nothing about rates: the database itself is most of the cost.
    postgres: Goal,
}

const fn define(key: &'static str, name: &'static str, digits: usize, goal: Goal, postgres: Goal) -> Definition {
    Definition { key, name, digits, goal, postgres }
}

/// Every figure there is, in the order of the table. `docs/performance.md` says where the goals come from.
const FIGURES: &[Definition] = &[
    define("w1.cpu.20", "CPU-s per 1,000 deliveries, 20/s", 4, Goal::FloorMost(2.0), Goal::None),
    define("w1.p50.20", "delivery p50 at 20/s, ms", 2, Goal::None, Goal::None),
    define("w1.p99.20", "delivery p99 at 20/s, ms", 2, Goal::FloorMost(2.0), Goal::None),
    define("w1.cpu.100", "CPU-s per 1,000 deliveries, 100/s", 4, Goal::FloorMost(2.0), Goal::None),
    define("w1.p99.100", "delivery p99 at 100/s, ms", 2, Goal::None, Goal::None),
    define("w1.cpu.400", "CPU-s per 1,000 deliveries, 400/s", 4, Goal::FloorMost(2.0), Goal::None),
    define("w1.p99.400", "delivery p99 at 400/s, ms", 2, Goal::None, Goal::None),
    define("w1.missing.400", "not delivered at 400/s, %", 2, Goal::None, Goal::None),
    define("w2.rss.some", "KiB per idle connection, 1,000", 1, Goal::FloorMost(2.5), Goal::None),
    define("w2.rss.many", "KiB per idle connection, 5,000", 1, Goal::FloorMost(2.5), Goal::None),
    define("w2.cpu.many", "CPU ms per idle second, 5,000", 1, Goal::None, Goal::None),
    define("w3.p50.1", "ack p50, 1 in flight, ms", 3, Goal::FloorMost(1.5), Goal::None),
    define("w3.p99.1", "ack p99, 1 in flight, ms", 3, Goal::None, Goal::None),
    define("w3.p50.50", "ack p50, 50 in flight, ms", 2, Goal::None, Goal::None),
    define("w3.p99.50", "ack p99, 50 in flight, ms", 2, Goal::None, Goal::None),
    define("w3.cpu.50", "CPU ms per message, 50 in flight", 4, Goal::FloorMost(3.0), Goal::Most(0.2)),
    define("w3.rate.50", "kept messages/s, 50 in flight", 0, Goal::FloorLeast(0.33), Goal::Least(2_000.0)),
    define("w3.spread.cpu.50", "CPU ms per message, 50 organizations", 4, Goal::None, Goal::Most(0.2)),
    define("w3.spread.rate.50", "kept messages/s, 50 organizations", 0, Goal::None, Goal::Least(4_000.0)),
    define("w4.p50.long", "newest 50 of 100,000, p50 ms", 3, Goal::FloorMost(5.0), Goal::None),
    define("w4.p99.long", "newest 50 of 100,000, p99 ms", 3, Goal::None, Goal::None),
    define("w4.cpu.long", "CPU ms per fetch", 3, Goal::None, Goal::None),
    define("w4.growth", "p50 of 100,000 over p50 of 1,000", 2, Goal::Most(1.2), Goal::Most(1.2)),
    define("w5.current.worst", "slowest return to current, s", 2, Goal::Most(5.0), Goal::Most(5.0)),
    define("w5.current.p50", "return to current p50, s", 3, Goal::None, Goal::None),
    define("w5.ack.p99", "ack p99 meanwhile, ms", 1, Goal::Most(250.0), Goal::Most(250.0)),
    define("w5.rss.peak", "highest memory over before", 2, Goal::Most(1.5), Goal::Most(1.5)),
    define("w5.rss.after", "memory after over before", 2, Goal::None, Goal::None),
    define("w5.wrong", "messages missed or repeated", 0, Goal::Most(0.0), Goal::Most(0.0)),
    define("w5.anew", "returns that got a snapshot", 0, Goal::None, Goal::None),
    define("w6.ready.empty", "empty folder to ready, ms", 0, Goal::Most(150.0), Goal::None),
    define("w6.rss.empty", "memory then, MB", 1, Goal::Most(40.0), Goal::Most(40.0)),
    define("w6.ready.full", "1,000,000 messages to ready, ms", 0, Goal::Most(400.0), Goal::None),
    define("w6.rss.full", "memory then, MB", 1, Goal::Most(80.0), Goal::None),
    define("w8.p50", "search among 100,000 messages, p50 ms", 2, Goal::None, Goal::None),
    define("w8.p95", "search, 8 at a time, p95 ms", 2, Goal::Most(50.0), Goal::Most(50.0)),
    define("w8.cpu", "CPU ms per search", 3, Goal::None, Goal::None),
];

/// What was measured.
pub struct Report {
    postgres: bool,
    measured: Vec<(&'static str, System, f64)>,
}

/// A line of the table.
struct Line {
    definition: &'static Definition,
    floor: Option<f64>,
    waggle: Option<f64>,
    goal: Goal,
}

impl Report {
    /// Nothing yet.
    pub fn new(postgres: bool) -> Self {
        Self { postgres, measured: Vec::new() }
    }

    /// Notes a figure; several rounds give several, of which the median counts.
    pub fn note(&mut self, system: System, key: &str, value: f64) {
        let known = FIGURES.iter().find(|definition| definition.key == key);
        debug_assert!(known.is_some(), "{key} is no figure");
        self.measured.extend(known.map(|definition| (definition.key, system, value)));
    }

    fn lines(&self) -> impl Iterator<Item = Line> {
        let line = |definition: &'static Definition| {
            let of = |system| {
                let values = self.measured.iter().filter(|(key, of, _)| *key == definition.key && *of == system);
                median(values.map(|(_, _, value)| *value).collect())
            };
            let goal = if self.postgres { definition.postgres } else { definition.goal };
            Line { definition, floor: of(System::Floor), waggle: of(System::Waggle), goal }
        };
        FIGURES.iter().map(line).filter(|line| line.floor.is_some() || line.waggle.is_some())
    }

    /// The table. In brief runs nothing is judged.
    pub fn table(&self, judged: bool) -> String {
        let mut text = String::from("| workload | figure | floor | Waggle | ratio | goal | met |\n");
        text.push_str("|---|---|---:|---:|---:|---|---|\n");
        for line in self.lines() {
            let Definition { key, name, digits, .. } = *line.definition;
            let number = |value: Option<f64>| value.map_or("–".to_owned(), |value| format!("{value:.digits$}"));
            let ratio = line.ratio().map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
            let met = match line.met().filter(|_| judged) {
                None => "–",
                Some(true) => "yes",
                Some(false) => "**no**",
            };
            let workload = key.split('.').next().unwrap_or_default().to_uppercase();
            let (floor, waggle, goal) = (number(line.floor), number(line.waggle), line.goal.words());
            let _ = writeln!(text, "| {workload} | {name} | {floor} | {waggle} | {ratio} | {goal} | {met} |");
        }
        text
    }

    /// Writes all of it for programs.
    pub fn write_json(&self, file: &Path, judged: bool, machine: &Machine, about: &serde_json::Value) -> Result<()> {
        let figure = |line: Line| {
            json!({
                "key": line.definition.key, "name": line.definition.name, "floor": line.floor, "waggle": line.waggle,
                "ratio": line.ratio(), "goal": line.goal.words(), "met": line.met().filter(|_| judged),
            })
        };
        let figures: Vec<_> = self.lines().map(figure).collect();
        let all = json!({ "machine": machine, "run": about, "figures": figures });
        std::fs::write(file, serde_json::to_string_pretty(&all)?)?;
        Ok(())
    }
}

impl Line {
    fn ratio(&self) -> Option<f64> {
        self.floor.filter(|floor| *floor > 0.0).and_then(|floor| Some(self.waggle? / floor))
    }

    fn met(&self) -> Option<bool> {
        match self.goal {
            Goal::None => None,
            Goal::FloorMost(most) => Some(self.ratio()? <= most),
            Goal::FloorLeast(least) => Some(self.ratio()? >= least),
            Goal::Most(most) => Some(self.waggle? <= most),
            Goal::Least(least) => Some(self.waggle? >= least),
        }
    }
}

impl Goal {
    fn words(self) -> String {
        match self {
            Goal::None => String::new(),
            Goal::FloorMost(most) => format!("≤ {most} × floor"),
            Goal::FloorLeast(least) => format!("≥ {least} × floor"),
            Goal::Most(most) => format!("≤ {most}"),
            Goal::Least(least) => format!("≥ {least}"),
        }
    }
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(key: &str, floor: &[f64], waggle: &[f64], expected: &str) {
        let mut report = Report::new(false);
        floor.iter().for_each(|value| report.note(System::Floor, key, *value));
        waggle.iter().for_each(|value| report.note(System::Waggle, key, *value));
        let table = report.table(true);
        assert_eq!(table.lines().nth(2).unwrap_or_default(), expected);
    }

    #[test]
    fn lines() {
        let (p50, rate) = ("ack p50, 1 in flight, ms", "kept messages/s, 50 in flight");
        check("w3.p50.1", &[0.2], &[0.3], &format!("| W3 | {p50} | 0.200 | 0.300 | 1.50 | ≤ 1.5 × floor | yes |"));
        check(
            "w3.p50.1",
            &[0.2],
            &[0.9, 0.4, 0.3],
            &format!("| W3 | {p50} | 0.200 | 0.400 | 2.00 | ≤ 1.5 × floor | **no** |"),
        );
        check("w3.p50.1", &[], &[0.3], &format!("| W3 | {p50} | – | 0.300 | – | ≤ 1.5 × floor | – |"));
        check(
            "w3.rate.50",
            &[9000.0],
            &[3000.0],
            &format!("| W3 | {rate} | 9000 | 3000 | 0.33 | ≥ 0.33 × floor | yes |"),
        );
        check("w5.wrong", &[], &[1.0], "| W5 | messages missed or repeated | – | 1 | – | ≤ 0 | **no** |");
    }
}
