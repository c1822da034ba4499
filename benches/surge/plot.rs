//! Output of the results as a table, JSON and SVG.

use std::{fmt::Write, fs, path::Path};

use serde_json::json;

use crate::{Row, dev_server::Measurements};

/// Prints the table.
pub fn print(rows: &[Row]) {
    let floor = rows[0].rate;
    println!(
        "\n{:<46} {:>10} {:>8} {:>8} {:>8} {:>8} {:>9} {:>9} {:>8} {:>6}",
        "", "per s", "of floor", "p50 ms", "p95 ms", "p99 ms", "max ms", "shed/s", "p99 ms", "gen"
    );
    for row in rows {
        let latency = row.latency.map_or_else(
            || format!("{:>8} {:>8} {:>8} {:>9}", "–", "–", "–", "–"),
            |[p50, p95, p99, max]| format!("{p50:>8.2} {p95:>8.2} {p99:>8.2} {max:>9.1}"),
        );
        let shed =
            row.shed.map_or_else(|| format!("{:>9} {:>8}", "–", "–"), |(rate, p99)| format!("{rate:>9.0} {p99:>8.2}"));
        let share = row.generator_share.map_or_else(|| "–".to_owned(), |share| format!("{:.0}%", share * 100.0));
        println!("{:<46} {:>10.0} {:>8.2} {latency} {shed} {share:>6}", row.name, row.rate, row.rate / floor);
    }
}

/// Prints the times to start, and the memory.
pub fn print_start(measured: &Measurements) {
    println!("\nstart with an existing database, to the first 201: {:.0} ms", measured.start_ms);
    println!("start again after kill -9, to the first 201:       {:.0} ms", measured.restart_ms);
    println!(
        "memory: {} MB idle, {} MB peak with 10,000 connections in a surge\n",
        measured.idle_mb, measured.surge_mb
    );
}

/// Writes `target/surge/surge.json` and `surge.svg`.
pub fn save(rows: &[Row], measured: &Measurements) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/surge");
    fs::create_dir_all(&folder).unwrap();
    let lines: Vec<_> = rows
        .iter()
        .map(|row| {
            json!({"name": row.name, "perSecond": row.rate, "ofFloor": row.rate / rows[0].rate,
                "waitMs": row.latency.map(|[p50, p95, p99, max]| json!({"p50": p50, "p95": p95, "p99": p99, "max": max})),
                "shed": row.shed.map(|(rate, p99)| json!({"perSecond": rate, "p99Ms": p99})),
                "generatorShare": row.generator_share})
        })
        .collect();
    let all = json!({"rows": lines, "startMs": measured.start_ms, "restartMs": measured.restart_ms, "idleMb": measured.idle_mb,
        "surgeMb": measured.surge_mb});
    fs::write(folder.join("surge.json"), serde_json::to_string_pretty(&all).unwrap()).unwrap();
    fs::write(folder.join("surge.svg"), svg(rows)).unwrap();
    println!("{}", folder.join("surge.{json,svg}").display());
}

fn svg(rows: &[Row]) -> String {
    let largest = rows.iter().map(|row| row.rate).fold(1.0, f64::max);
    let height = rows.len() * 30 + 20;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 760 {height}\" font-family=\"sans-serif\" font-size=\"13\">\
         <rect width=\"760\" height=\"{height}\" fill=\"#fff\"/>"
    );
    for (index, row) in rows.iter().enumerate() {
        let (y, width) = (index * 30 + 14, row.rate / largest * 330.0);
        let color = if index == 0 { "#9aa0aa" } else { "#1f6f4a" };
        let _ = write!(
            svg,
            "<text x=\"310\" y=\"{}\" text-anchor=\"end\">{}</text><rect x=\"320\" y=\"{y}\" width=\"{width:.0}\" height=\"20\" \
             fill=\"{color}\"/><text x=\"{:.0}\" y=\"{}\">{:.0}</text>",
            y + 15,
            row.name,
            326.0 + width,
            y + 15,
            row.rate
        );
    }
    svg + "</svg>\n"
}
