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
    pub name: &'static str,
    pub rate: f64,
    /// p50, p95, p99, largest, in milliseconds.
    pub wait: Option<[f64; 4]>,
    pub refused: u64,
    /// The generator's share of the CPU time used meanwhile.
    pub generator_share: Option<f64>,
}

impl Row {
    fn of(name: &'static str, outcome: &Outcome) -> Self {
        Self {
            name,
            rate: outcome.rate(),
            wait: Some([0.50, 0.95, 0.99, 1.0].map(|q| outcome.wait_ms(q))),
            refused: outcome.refused,
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
    rows.push(Row::of("JSON floor: parse, answer 201", &json));
    drop(floor);

    let one = Stage::start(&["registrar.batch_max=1"]);
    let event = one.event(None);
    rows.push(Row::of("batch size 1", &drive(&Load::registrations(one.address, &event, 64, length(), true))));
    rows.push(Row {
        name: "one seat a transaction, 64 clients (pgbench)",
        rate: pgbench_one_seat(&one, length()),
        wait: None,
        refused: 0,
        generator_share: None,
    });
    drop(one);

    let stage = Stage::start(&[]);
    let real = drive(&Load::registrations(stage.address, &stage.event(None), 64, length(), true));
    rows.push(Row::of("registrations, minimal answer", &real));
    stage.check();
    let many = drive(&Load::registrations(stage.address, &stage.event(None), 512, length(), true));
    rows.push(Row::of("the same, 512 connections", &many));
    let pictures = drive(&Load::registrations(stage.address, &stage.event(None), 64, length(), false));
    rows.push(Row::of("with QR images in the answer", &pictures));
    let paced = Load {
        rate: Some(real.rate() * 0.8),
        ..Load::registrations(stage.address, &stage.event(None), 64, length(), true)
    };
    rows.push(Row::of("minimal, at 80% of that rate", &drive(&paced)));
    let sold_out = stage.event(Some(1));
    rows.push(Row::of("sold out", &drive(&Load::registrations(stage.address, &sold_out, 64, length(), true))));
    stage.check();

    plot::print(&rows);
    plot::save(&rows);
}
