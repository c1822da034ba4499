//! Routes for operators: liveness, readiness and metrics.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpResponse, http::header, web};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    actors::Load,
    db::Database,
    metrics::{DB_CONNECTIONS, DB_WAITING, QUEUE_CAPACITY, QUEUE_DEPTH, RENDER_QUEUE, RENDER_RUNNING},
    render::RenderPool,
};

/// Time after which an unanswered ping of the database means that the server is not ready.
const PING_TIMEOUT: Duration = Duration::from_secs(1);

/// The parts of the server that the ops routes report on.
#[derive(Clone)]
pub struct OpsState {
    pub database: Database,
    pub pool: RenderPool,
    /// True once the server is stopping.
    pub draining: Arc<AtomicBool>,
    pub prometheus: PrometheusHandle,
    /// Returns the queue length and capacity of every inbox.
    pub loads: Arc<dyn Fn() -> Vec<Load> + Send + Sync>,
}

/// State of the server.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    #[schema(example = "ok")]
    status: &'static str,
    version: &'static str,
    /// The reason why the server is not ready.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    reason: Option<&'static str>,
}

impl Health {
    fn answer(reason: Option<&'static str>) -> HttpResponse {
        let status = if reason.is_none() { "ok" } else { "unavailable" };
        let health = Self { status, version: env!("CARGO_PKG_VERSION"), reason };
        let mut response = match reason {
            None => HttpResponse::Ok(),
            Some(_) => HttpResponse::ServiceUnavailable(),
        };
        response.insert_header((header::CACHE_CONTROL, "no-store")).json(health)
    }
}

/// Reports that the process runs. Checks nothing else.
#[utoipa::path(get, path = "/healthz", tag = "Operating", operation_id = "healthz",
    responses((status = 200, description = "The process runs", body = Health)))]
pub async fn healthz() -> HttpResponse {
    Health::answer(None)
}

/// Reports if the server is ready for requests: the database answers, and the server is not stopping.
#[utoipa::path(get, path = "/readyz", tag = "Operating", operation_id = "readyz",
    responses((status = 200, description = "Ready", body = Health),
              (status = 503, description = "Not ready", body = Health)))]
pub async fn readyz(state: web::Data<OpsState>) -> HttpResponse {
    if state.draining.load(Ordering::Relaxed) {
        return Health::answer(Some("shutting down"));
    }
    match tokio::time::timeout(PING_TIMEOUT, state.database.ping()).await {
        Ok(Ok(())) => Health::answer(None),
        Ok(Err(error)) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            Health::answer(Some("the database does not answer"))
        }
        Err(_) => Health::answer(Some("the database does not answer in time")),
    }
}

/// Returns the metrics in the text format of Prometheus.
pub async fn metrics(state: web::Data<OpsState>) -> HttpResponse {
    sample_gauges(&state);
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(state.prometheus.render())
}

/// Sets the gauges that are only read when the metrics are requested.
fn sample_gauges(state: &OpsState) {
    for load in (state.loads)() {
        metrics::gauge!(QUEUE_DEPTH, "actor" => load.actor).set(load.depth as f64);
        metrics::gauge!(QUEUE_CAPACITY, "actor" => load.actor).set(load.capacity as f64);
    }
    let pool = state.pool.state();
    metrics::gauge!(RENDER_QUEUE, "priority" => "live").set(pool.live as f64);
    metrics::gauge!(RENDER_QUEUE, "priority" => "bulk").set(pool.bulk as f64);
    metrics::gauge!(RENDER_RUNNING).set(pool.running as f64);
    let connections = state.database.usage();
    metrics::gauge!(DB_CONNECTIONS, "state" => "limit").set(connections.limit as f64);
    metrics::gauge!(DB_CONNECTIONS, "state" => "idle").set(connections.idle as f64);
    metrics::gauge!(DB_CONNECTIONS, "state" => "used").set(connections.open.saturating_sub(connections.idle) as f64);
    metrics::gauge!(DB_WAITING).set(connections.waiting as f64);
}
