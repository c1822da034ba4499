//! Metrics, health and readiness.

use onsale::metrics::{ALL, MetricKind};
use serde_json::json;

use crate::support::{Server, eventually};

#[test]
fn metrics_cover_every_module_and_are_all_in_the_list() {
    let server = Server::start();
    let event = server.event(json!({}));
    event.register(&["Ada"]).stored_pdf(&server);
    // The sweeper may not have counted the backlog yet.
    eventually("the backlog is counted", || {
        server.metrics_page().text().contains("onsale_documents_oldest_pending_seconds ")
    });
    let page = server.metrics_page();
    assert!(page.header("content-type").unwrap().starts_with("text/plain; version=0.0.4"));
    let text = page.text();
    for line in text.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let name = line.split(['{', ' ']).next().unwrap();
        let known = ALL.iter().any(|metric| {
            name == metric.name
                || (matches!(metric.kind, MetricKind::Histogram(_))
                    && ["_bucket", "_sum", "_count"].iter().any(|suffix| name == format!("{}{suffix}", metric.name)))
        });
        assert!(known, "{name} is not in the list");
    }
    for name in [
        "onsale_build_info",
        "onsale_http_requests_total",
        "onsale_http_request_duration_seconds_bucket",
        "onsale_registrations_total",
        "onsale_batch_size_registrations_count",
        "onsale_batch_duration_seconds_sum",
        "onsale_queue_depth",
        "onsale_queue_capacity",
        "onsale_renders_total",
        "onsale_render_duration_seconds_count",
        "onsale_uploads_total",
        "onsale_stored_bytes_total",
        "onsale_s3_requests_total",
        "onsale_downloads_total",
        "onsale_cache_requests_total",
        "onsale_db_connections",
        "onsale_documents_pending",
        "onsale_documents_oldest_pending_seconds",
    ] {
        assert!(text.lines().any(|line| line.starts_with(name)), "{name} is missing");
    }
    assert!(!text.contains(&event.slug) && !text.contains(&event.code), "no label names an event");
}

#[test]
fn every_series_that_an_alert_reads_is_there_from_the_start() {
    let server = Server::start();
    let page = server.metrics_page().text();
    let rules = include_str!("../../deploy/alerts.yaml");
    for metric in ALL.iter().filter(|metric| metric.kind == MetricKind::Counter && rules.contains(metric.name)) {
        assert!(page.lines().any(|line| line.starts_with(metric.name)), "{} is absent", metric.name);
    }
}

#[test]
fn health_is_on_both_listeners_and_metrics_on_one() {
    let server = Server::start();
    for client in [&server.client, &server.ops] {
        assert_eq!(client.get("/healthz").expect(200).json()["status"], "ok");
        eventually("the server is ready", || {
            let health = client.get("/readyz");
            health.status == 200 && health.json()["status"] == "ok"
        });
    }
    server.client.get("/metrics").problem(404, "not_found");
    server.ops.get("/api/events").problem(404, "not_found");
}

#[test]
fn a_server_without_its_database_is_alive_but_not_ready() {
    let server = Server::start();
    let event = server.event(json!({}));
    let name = server.database.url.rsplit('/').next().unwrap().to_owned();
    let keeper = crate::support::cluster().existing(server.database.url.replace(&name, "postgres"));
    keeper.execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS false"));
    keeper.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", &[&name]);

    eventually("the server is not ready", || {
        let health = server.client.get("/readyz");
        health.status == 503 && health.json()["reason"] == "the database does not answer"
    });
    server.client.get("/healthz").expect(200);
    let refused = event.ask(&["Ada"]);
    refused.problem(503, "unavailable");
    assert!(refused.header("retry-after").is_some());
    server.client.get("/api/events").problem(503, "unavailable");

    keeper.execute(&format!("ALTER DATABASE {name} ALLOW_CONNECTIONS true"));
    eventually("the server is ready again", || server.client.get("/readyz").status == 200);
    event.register(&["Ada"]);
    server.database.check_invariants();
}
