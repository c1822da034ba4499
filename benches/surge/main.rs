//! Throughput and latency of durable registrations, with a minimal server (the floor) for comparison, in one run.
//!
//! ```sh
//! cargo bench --bench surge               # the first build takes minutes
//! ONLY=start cargo bench --bench surge    # only the times to start and the memory
//! ```
//!
//! Not measured: TLS, network, other machines. The load generator, PostgreSQL with fsync and the background work of the
//! server share the same cores.

#![expect(clippy::unwrap_used, reason = "a bench that cannot run panics")]
#![expect(clippy::print_stdout, reason = "the table is the result")]
#![expect(clippy::cast_possible_truncation, reason = "list positions")]

mod dev_server;
mod generator;
mod plot;

use std::time::Duration;

use dev_server::{DevServer, Floor, pgbench_one_seat};
use generator::{Load, Outcome, run_load};

/// Returns the duration of each measurement, without the warm-up of a tenth of it.
fn duration() -> Duration {
    Duration::from_secs(std::env::var("SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(8))
}

/// A line of the table.
pub struct Row {
    pub name: String,
    pub rate: f64,
    /// p50, p95, p99 and maximum, in milliseconds.
    pub latency: Option<[f64; 4]>,
    /// Shed requests (503): number per second, and p99 latency in milliseconds.
    pub shed: Option<(f64, f64)>,
    /// Share of the load generator in the CPU time. `None` if it does not run in its own process.
    pub generator_share: Option<f64>,
}

impl Row {
    fn of(name: impl Into<String>, outcome: &Outcome) -> Self {
        // A sold-out event accepts nothing.
        let answered = if outcome.accepted.count() == 0 { &outcome.sold_out } else { &outcome.accepted };
        Self {
            name: name.into(),
            rate: outcome.rate(answered),
            latency: Some([0.50, 0.95, 0.99, 1.0].map(|q| answered.quantile(q))),
            shed: Some((outcome.rate(&outcome.shed), outcome.shed.quantile(0.99))),
            generator_share: Some(outcome.generator_share),
        }
    }
}

fn main() {
    // `cargo test --benches` lists or tests benches; this one has no quick run.
    if std::env::args().any(|argument| argument == "--list" || argument == "--test") {
        return;
    }
    if std::env::var("ONLY").is_ok_and(|only| only == "start") {
        plot::print_start(&DevServer::start(&[]).measure());
        return;
    }
    let mut rows = Vec::new();

    let floor = Floor::start();
    let json = run_load(&Load::registrations(floor.address, "floor", 64, duration(), true));
    rows.push(Row { generator_share: None, ..Row::of("JSON floor: parse, answer 201", &json) });
    drop(floor);

    // Surge mode from the first request on: no files are rendered meanwhile.
    let single = DevServer::start(&["registrar.batch_max=1", "registrar.surge=1"]);
    let event = single.event(None);
    rows.push(Row::of("batch size 1", &run_load(&Load::registrations(single.address, &event, 64, duration(), true))));
    rows.push(Row {
        name: "one seat per transaction, 64 clients (pgbench)".into(),
        rate: pgbench_one_seat(&single, duration()),
        latency: None,
        shed: None,
        generator_share: None,
    });
    drop(single);

    let dev_server = DevServer::start(&[]);
    let measure_with = |connections, minimal, rate| {
        let event = dev_server.event(None);
        run_load(&Load { rate, ..Load::registrations(dev_server.address, &event, connections, duration(), minimal) })
    };
    let real = measure_with(64, true, None);
    let capacity = real.rate(&real.accepted);
    rows.push(Row::of("registrations, minimal answer", &real));
    dev_server.check();
    rows.push(Row::of("the same, 512 connections", &measure_with(512, true, None)));
    rows.push(Row::of("minimal, at 80% of the rate", &measure_with(64, true, Some(capacity * 0.8))));
    rows.push(Row::of("with QR images in the answer", &measure_with(64, false, None)));
    for times in [2.0, 3.0, 10.0] {
        let outcome = measure_with(2000, true, Some(capacity * times));
        let sent =
            [&outcome.accepted, &outcome.shed].map(|latencies| outcome.rate(latencies)).iter().sum::<f64>() / capacity;
        rows.push(Row::of(format!("offered {times} times the rate (sent {sent:.1})"), &outcome));
    }
    rows.push(Row::of("after that, at 80% of the rate", &measure_with(64, true, Some(capacity * 0.8))));
    let sold_out = dev_server.event(Some(1));
    rows.push(Row::of(
        "sold out",
        &run_load(&Load::registrations(dev_server.address, &sold_out, 64, duration(), true)),
    ));
    dev_server.check();
    let measured = dev_server.measure();

    plot::print(&rows);
    plot::print_start(&measured);
    plot::save(&rows, &measured);
}
