//! Every metric in one list: name, kind, help, labels. What is not in the list is not measured; a test holds that.
//!
//! Names are Prometheus names in base units. No label grows with people, tickets or events.

use std::time::{Duration, Instant};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// What a metric is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Kind {
    Counter,
    Gauge,
    /// A histogram with these upper bounds.
    Histogram(&'static [f64]),
}

/// One metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    pub name: &'static str,
    pub kind: Kind,
    pub help: &'static str,
    pub labels: &'static [&'static str],
}

const SECONDS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const MICROSECONDS: &[f64] = &[2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2, 0.25, 1.0];
const SIZES: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0];

macro_rules! metrics {
    ($($const:ident = $kind:expr, $name:literal, [$($label:literal),*], $help:literal;)*) => {
        $(#[doc = $help] pub const $const: &str = $name;)*
        /// Every metric there is.
        pub const ALL: &[Metric] = &[$(Metric { name: $name, kind: $kind, help: $help, labels: &[$($label),*] },)*];
    };
}

use Kind::{Counter, Gauge, Histogram};

metrics! {
    BUILD_INFO = Gauge, "onsale_build_info", ["version"], "Which version runs; always 1.";
    HTTP_REQUESTS = Counter, "onsale_http_requests_total", ["route", "method", "status"], "Answered requests.";
    HTTP_SECONDS = Histogram(SECONDS), "onsale_http_request_duration_seconds", ["route", "method"], "Time from the request's head to the answer's.";
    HTTP_IN_FLIGHT = Gauge, "onsale_http_requests_in_flight", [], "Requests being answered.";
    HTTP_PANICS = Counter, "onsale_http_panics_total", [], "Handlers that panicked and were answered with 500.";
    REGISTRATIONS = Counter, "onsale_registrations_total", ["outcome"], "Registrations by what became of them.";
    REGISTRATIONS_LIMIT = Gauge, "onsale_registrations_limit", [], "Registrations that may be in one event's line, as last thought over; shrinks while they wait too long.";
    BATCH_SIZE = Histogram(SIZES), "onsale_batch_size_registrations", [], "Registrations in one transaction.";
    BATCH_SECONDS = Histogram(SECONDS), "onsale_batch_duration_seconds", [], "Time one transaction of registrations takes.";
    BATCH_RETRIES = Counter, "onsale_batch_retries_total", ["reason"], "Transactions of registrations tried again.";
    HOLDS_EXPIRED = Counter, "onsale_holds_expired_total", [], "Unpaid registrations whose seats went back on sale.";
    QUEUE_DEPTH = Gauge, "onsale_queue_depth", ["actor"], "Messages an actor has accepted and not finished.";
    QUEUE_CAPACITY = Gauge, "onsale_queue_capacity", ["actor"], "Messages an actor accepts at most.";
    QUEUE_REFUSED = Counter, "onsale_queue_refused_total", ["actor"], "Messages refused by a full queue.";
    QUEUE_WAIT_SECONDS = Histogram(SECONDS), "onsale_queue_wait_seconds", ["actor"], "Time lost waiting for room in a full queue.";
    ACTOR_RESTARTS = Counter, "onsale_actor_restarts_total", ["actor"], "Actors that died and were made anew.";
    RENDERS = Counter, "onsale_renders_total", ["outcome"], "Rendered files.";
    RENDER_SECONDS = Histogram(MICROSECONDS), "onsale_render_duration_seconds", [], "Time on a render thread for one file.";
    LETTERS_MISSING = Counter, "onsale_letters_missing_total", [], "Letters printed as a box because no font has them.";
    RENDER_QUEUE = Gauge, "onsale_render_queue_depth", ["priority"], "Jobs waiting for a render thread.";
    RENDER_RUNNING = Gauge, "onsale_render_running", [], "Jobs on a render thread.";
    UPLOADS = Counter, "onsale_uploads_total", ["outcome"], "Documents put in storage.";
    UPLOAD_SECONDS = Histogram(SECONDS), "onsale_upload_duration_seconds", [], "Time one upload takes.";
    STORED_BYTES = Counter, "onsale_stored_bytes_total", [], "Bytes put in storage.";
    S3_REQUESTS = Counter, "onsale_s3_requests_total", ["operation", "outcome"], "Requests to object storage.";
    S3_RETRIES = Counter, "onsale_s3_retries_total", ["operation"], "Requests to object storage that were second tries.";
    STORAGE_WINDOW = Gauge, "onsale_storage_window_requests", [], "Requests that may be under way to storage at once; halved when it asks for less.";
    STORAGE_AWAY = Gauge, "onsale_storage_away", [], "1 while storage does not answer and is only probed.";
    STORAGE_CLOCK_SKEW = Gauge, "onsale_storage_clock_skew_seconds", [], "How far storage's clock is ahead of this machine's, if that matters.";
    SPOOL_BYTES = Gauge, "onsale_spool_bytes", [], "Bytes of files kept on disk until storage takes them.";
    SPOOL_REFUSED = Counter, "onsale_spool_refused_total", [], "Files the spool had no room for.";
    INVOICES = Counter, "onsale_invoices_total", ["outcome"], "Invoices made, or not.";
    INVOICE_SECONDS = Histogram(SECONDS), "onsale_invoice_duration_seconds", [], "Time from an invoice's request to its row.";
    RECONCILED = Counter, "onsale_reconciler_findings_total", ["finding"], "What was found not to be in storage as it should.";
    STORAGE_OBJECTS = Gauge, "onsale_storage_objects", ["kind"], "Objects in storage, as last measured.";
    STORAGE_USED = Gauge, "onsale_storage_bytes", ["kind"], "Bytes in storage, as last measured.";
    STORAGE_COST = Gauge, "onsale_storage_cost_estimate_month", ["part"], "What a month of storage costs by the table of prices, in their currency.";
    HOUSEKEEPING_FAILED = Counter, "onsale_housekeeping_failures_total", ["step"], "Steps of housekeeping that failed.";
    ADDRESSES_SHORTENED = Counter, "onsale_download_addresses_shortened_total", [], "Downloads whose address was shortened to its network.";
    REMOVALS = Counter, "onsale_removals_total", ["outcome"], "Withdrawn files removed from storage.";
    DOWNLOADS = Counter, "onsale_downloads_total", ["mode", "served_from"], "Tickets handed out.";
    DOWNLOADS_DROPPED = Counter, "onsale_download_records_dropped_total", [], "Downloads that were served but not recorded.";
    CACHE_REQUESTS = Counter, "onsale_cache_requests_total", ["cache", "outcome"], "Look-ups in a cache.";
    DB_CONNECTIONS = Gauge, "onsale_db_connections", ["state"], "Connections of the pool by state.";
    DB_WAITING = Gauge, "onsale_db_connection_waiters", [], "Requests waiting for a connection.";
    JOBS_OPEN = Gauge, "onsale_jobs", ["status"], "Jobs that are not over.";
    JOB_CHUNKS = Counter, "onsale_job_chunks_total", ["kind", "outcome"], "Chunks of jobs that this server had.";
    BULK_LIMIT = Gauge, "onsale_bulk_limit", [], "Things of jobs that may be under way at once; fewer while somebody waits.";
    AUDIT_FAILED = Counter, "onsale_audit_failures_total", [], "Things that were done and not written to the audit log.";
    DOCUMENTS_PENDING = Gauge, "onsale_documents_pending", [], "Documents not in storage yet, counted up to 100,000.";
    DOCUMENTS_FAILED = Gauge, "onsale_documents_failed", [], "Documents set aside after too many failures, counted up to 100,000.";
    DOCUMENTS_OLDEST_SECONDS = Gauge, "onsale_documents_oldest_pending_seconds", [], "For how long the oldest pending document has been promised.";
    LEASES_RENEWED = Counter, "onsale_document_leases_renewed_total", [], "Leases renewed because a file took longer than half of one.";
    DOCUMENTS_MISSED = Counter, "onsale_documents_missed_total", ["reason"], "Attempts at a document that failed.";
}

/// Starts measuring and returns what renders the page Prometheus reads.
///
/// # Errors
/// If another recorder is installed already.
pub fn install() -> Result<PrometheusHandle, metrics_exporter_prometheus::BuildError> {
    let recorder = builder()?.build_recorder();
    let handle = recorder.handle();
    metrics::set_global_recorder(recorder)
        .map_err(metrics_exporter_prometheus::BuildError::FailedToSetGlobalRecorder)?;
    describe();
    Ok(handle)
}

fn builder() -> Result<PrometheusBuilder, metrics_exporter_prometheus::BuildError> {
    ALL.iter().try_fold(PrometheusBuilder::new(), |builder, metric| match metric.kind {
        Histogram(bounds) => builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds),
        Counter | Gauge => Ok(builder),
    })
}

fn describe() {
    for metric in ALL {
        match metric.kind {
            Counter => metrics::describe_counter!(metric.name, metric.help),
            Gauge => metrics::describe_gauge!(metric.name, metric.help),
            Histogram(_) => metrics::describe_histogram!(metric.name, metric.help),
        }
    }
    metrics::gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Measures until it is dropped.
#[derive(Debug)]
pub struct Timer {
    name: &'static str,
    start: Instant,
}

impl Timer {
    /// Starts measuring for the histogram `name`.
    pub fn start(name: &'static str) -> Self {
        Self { name, start: Instant::now() }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        metrics::histogram!(self.name).record(self.start.elapsed());
    }
}

/// Histograms grow until they are drained; this is how often.
pub const UPKEEP: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_named_as_prometheus_wants_it() {
        for metric in ALL {
            assert!(metric.name.starts_with("onsale_"), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
            assert_eq!(metric.kind == Counter, metric.name.ends_with("_total"), "{}", metric.name);
        }
    }
}
