//! How many durable registrations a second, and at what wait: everything in one run on one machine, floors beside results.
//!
//! ```sh
//! cargo bench --bench surge            # optimized as released; the first build takes minutes
//! cargo bench --bench surge --profile quick
//! ```
//!
//! Excluded: TLS, a network, other machines. Included, on the same cores: the load generator, PostgreSQL with fsync, and
//! whatever the server does besides.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run says so by panicking")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "of positions in a list")]

mod generator;
mod plot;
mod stage;

use std::time::Duration;

use generator::{Load, Outcome, drive};
use stage::{Floor, Stage, pgbench_one_seat};

/// How long each figure is measured, after a tenth of that to warm up.
fn length() -> Duration {
    Duration::from_secs(std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8))
}

/// One line of the table.
pub struct Row {
    pub name: String,
    pub rate: f64,
    /// p50, p95, p99, largest, in milliseconds.
    pub wait: Option<[f64; 4]>,
    /// Told to come back: how many a second, and how soon (p99, milliseconds).
    pub shed: Option<(f64, f64)>,
    /// The generator's share of the CPU time used meanwhile, where it is a process of its own.
    pub generator_share: Option<f64>,
}

impl Row {
    fn of(name: impl Into<String>, outcome: &Outcome) -> Self {
        // A sale that is sold out answers that, and nothing else.
        let answered = if outcome.accepted.count() == 0 { &outcome.sold_out } else { &outcome.accepted };
        Self {
            name: name.into(),
            rate: outcome.rate(answered),
            wait: Some([0.50, 0.95, 0.99, 1.0].map(|q| answered.quantile(q))),
            shed: Some((outcome.rate(&outcome.shed), outcome.shed.quantile(0.99))),
            generator_share: Some(outcome.generator_share),
        }
    }
}

fn main() {
    // `cargo test --benches` asks for a list; there is nothing quick to run.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    let mut rows = Vec::new();

    let floor = Floor::start();
    let json = drive(&Load::registrations(floor.address, "floor", 64, length(), true));
    rows.push(Row { generator_share: None, ..Row::of("JSON floor: parse, answer 201", &json) });
    drop(floor);

    // As in a surge all the time: no files are made beside it.
    let one = Stage::start(&["registrar.batch_max=1", "registrar.surge=1"]);
    let event = one.event(None);
    rows.push(Row::of("batch size 1", &drive(&Load::registrations(one.address, &event, 64, length(), true))));
    rows.push(Row {
        name: "one seat a transaction, 64 clients (pgbench)".into(),
        rate: pgbench_one_seat(&one, length()),
        wait: None,
        shed: None,
        generator_share: None,
    });
    drop(one);

    let stage = Stage::start(&[]);
    let drive_with = |connections, minimal, rate| {
        let event = stage.event(None);
        drive(&Load { rate, ..Load::registrations(stage.address, &event, connections, length(), minimal) })
    };
    let real = drive_with(64, true, None);
    let capacity = real.rate(&real.accepted);
    rows.push(Row::of("registrations, minimal answer", &real));
    stage.check();
    rows.push(Row::of("the same, 512 connections", &drive_with(512, true, None)));
    rows.push(Row::of("minimal, at 80% of the rate", &drive_with(64, true, Some(capacity * 0.8))));
    rows.push(Row::of("with QR images in the answer", &drive_with(64, false, None)));
    for times in [2.0, 3.0, 10.0] {
        let outcome = drive_with(2000, true, Some(capacity * times));
        let sent = [&outcome.accepted, &outcome.shed].map(|waits| outcome.rate(waits)).iter().sum::<f64>() / capacity;
        rows.push(Row::of(format!("offered {times} times the rate (sent {sent:.1})"), &outcome));
    }
    rows.push(Row::of("after that, at 80% of the rate", &drive_with(64, true, Some(capacity * 0.8))));
    let sold_out = stage.event(Some(1));
    rows.push(Row::of("sold out", &drive(&Load::registrations(stage.address, &sold_out, 64, length(), true))));
    stage.check();
    let facts = stage.facts();

    plot::print(&rows, &facts);
    plot::save(&rows, &facts);
}
