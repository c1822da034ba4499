//! List of all metrics: name, kind, help and labels. A test checks that no other metric is exported.
//!
//! Names follow the Prometheus conventions, with base units. The number of label values does not grow with clients,
//! tickets or events.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Type of a metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum MetricKind {
    Counter,
    Gauge,
    /// A histogram with the upper bounds of its buckets.
    Histogram(&'static [f64]),
}

/// Description of a metric.
#[derive(Debug, Clone, Copy)]
pub struct Metric {
    pub name: &'static str,
    pub kind: MetricKind,
    pub help: &'static str,
    pub labels: &'static [&'static str],
}

const SECONDS_BUCKETS: &[f64] = &[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
const SHORT_SECONDS_BUCKETS: &[f64] = &[2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2, 0.25, 1.0];
const WAIT_SECONDS_BUCKETS: &[f64] = &[0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14400.0];
const COUNT_BUCKETS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0];

macro_rules! metrics {
    ($($const:ident = $kind:expr, $name:literal, [$($label:literal),*], $help:literal;)*) => {
        $(#[doc = $help] pub const $const: &str = $name;)*
        /// Every metric.
        pub const ALL: &[Metric] = &[$(Metric { name: $name, kind: $kind, help: $help, labels: &[$($label),*] },)*];
    };
}

use MetricKind::{Counter, Gauge, Histogram};

metrics! {
    BUILD_INFO = Gauge, "onsale_build_info", ["version"], "Running version, as a label; the value is always 1.";
    HTTP_REQUESTS = Counter, "onsale_http_requests_total", ["route", "method", "status"], "HTTP requests answered.";
    HTTP_SECONDS = Histogram(SECONDS_BUCKETS), "onsale_http_request_duration_seconds", ["route", "method"], "Time from the request head to the response head.";
    HTTP_IN_FLIGHT = Gauge, "onsale_http_requests_in_flight", [], "HTTP requests in progress.";
    HTTP_CONNECTIONS_REFUSED = Counter, "onsale_http_connections_refused_total", [], "Connections closed at once because their client had too many.";
    TOKENS_REFUSED = Counter, "onsale_tokens_refused_total", [], "Bearer tokens refused because they are unknown, expired or revoked.";
    GUESSES_REFUSED = Counter, "onsale_guesses_refused_total", [], "Passwords and codes that were not tried because too many wrong ones came before.";
    PASSWORD_HASHES = Gauge, "onsale_password_hashes", [], "Hashes of passwords being computed.";
    PASSWORD_MEMORY = Gauge, "onsale_password_memory_bytes", [], "Memory of the hashes being computed.";
    PASSWORD_SECONDS = Histogram(SECONDS_BUCKETS), "onsale_password_hash_seconds", [], "Duration of a hash of a password.";
    HTTP_PANICS = Counter, "onsale_http_panics_total", [], "Requests whose handler panicked and that were answered with 500.";
    REGISTRATIONS = Counter, "onsale_registrations_total", ["outcome"], "Registration requests by outcome.";
    REGISTRATIONS_LIMIT = Gauge, "onsale_registrations_limit", [], "Registrations allowed in the queue of one event; lowered while they wait too long.";
    BATCH_SIZE = Histogram(COUNT_BUCKETS), "onsale_batch_size_registrations", [], "Registrations in one transaction.";
    BATCH_SECONDS = Histogram(SECONDS_BUCKETS), "onsale_batch_duration_seconds", [], "Duration of one transaction of registrations.";
    BATCH_RETRIES = Counter, "onsale_batch_retries_total", ["reason"], "Retries of transactions of registrations.";
    HOLDS_EXPIRED = Counter, "onsale_holds_expired_total", [], "Unpaid registrations that expired; their seats are on sale again.";
    QUEUE_DEPTH = Gauge, "onsale_queue_depth", ["actor"], "Messages that an actor has accepted but not finished.";
    QUEUE_CAPACITY = Gauge, "onsale_queue_capacity", ["actor"], "Maximum number of unfinished messages of an actor.";
    QUEUE_REFUSED = Counter, "onsale_queue_refused_total", ["actor"], "Messages refused because the queue was full.";
    QUEUE_WAIT_SECONDS = Histogram(SECONDS_BUCKETS), "onsale_queue_wait_seconds", ["actor"], "Time spent waiting for room in a full queue.";
    ACTOR_RESTARTS = Counter, "onsale_actor_restarts_total", ["actor"], "Actors restarted after a failure.";
    RENDERS = Counter, "onsale_renders_total", ["outcome"], "Files rendered, by outcome.";
    RENDER_SECONDS = Histogram(SHORT_SECONDS_BUCKETS), "onsale_render_duration_seconds", [], "Time on a render thread to render one file.";
    GLYPHS_MISSING = Counter, "onsale_letters_missing_total", [], "Characters printed as a box because no font has a glyph for them.";
    RENDER_QUEUE = Gauge, "onsale_render_queue_depth", ["priority"], "Render tasks waiting for a thread.";
    RENDER_RUNNING = Gauge, "onsale_render_running", [], "Render tasks running on a thread.";
    UPLOADS = Counter, "onsale_uploads_total", ["outcome"], "Uploads of documents to storage, by outcome.";
    UPLOAD_SECONDS = Histogram(SECONDS_BUCKETS), "onsale_upload_duration_seconds", [], "Duration of one upload.";
    STORED_BYTES = Counter, "onsale_stored_bytes_total", [], "Bytes uploaded to storage.";
    S3_REQUESTS = Counter, "onsale_s3_requests_total", ["operation", "outcome"], "Requests to object storage.";
    S3_RETRIES = Counter, "onsale_s3_retries_total", ["operation"], "Retried requests to object storage.";
    STORAGE_WINDOW = Gauge, "onsale_storage_window_requests", [], "Maximum number of concurrent requests to storage; halved when storage asks to slow down.";
    STORAGE_UNREACHABLE = Gauge, "onsale_storage_away", [], "1 while storage does not answer and receives only probe requests, else 0.";
    STORAGE_CLOCK_SKEW = Gauge, "onsale_storage_clock_skew_seconds", [], "Lead of storage's clock over this machine's clock; 0 if the difference is at most 30 seconds.";
    SPOOL_BYTES = Gauge, "onsale_spool_bytes", [], "Bytes of files on disk that wait for upload to storage.";
    SPOOL_REFUSED = Counter, "onsale_spool_refused_total", [], "Files not written to the spool because it was full.";
    INVOICES = Counter, "onsale_invoices_total", ["outcome"], "Invoices created, by outcome.";
    INVOICE_SECONDS = Histogram(SECONDS_BUCKETS), "onsale_invoice_duration_seconds", [], "Time to render an invoice, upload it and write its row.";
    RECONCILER_FINDINGS = Counter, "onsale_reconciler_findings_total", ["finding"], "Differences found between the database and storage.";
    STORAGE_OBJECTS = Gauge, "onsale_storage_objects", ["kind"], "Objects in storage at the last measurement.";
    STORAGE_BOUND = Gauge, "onsale_storage_bound_bytes", [], "Bytes in storage above which an alert fires; 0 if none is configured.";
    STORAGE_USED = Gauge, "onsale_storage_bytes", ["kind"], "Bytes in storage at the last measurement.";
    STORAGE_COST = Gauge, "onsale_storage_cost_estimate_month", ["part"], "Estimated cost of storage for a month, in the currency of the configured prices.";
    HOUSEKEEPING_FAILED = Counter, "onsale_housekeeping_failures_total", ["step"], "Housekeeping steps that failed.";
    ADDRESSES_SHORTENED = Counter, "onsale_download_addresses_shortened_total", [], "Download records whose client address was shortened to its network.";
    REMOVALS = Counter, "onsale_removals_total", ["outcome"], "Removals of withdrawn files from storage, by outcome.";
    DOWNLOADS = Counter, "onsale_downloads_total", ["mode", "served_from"], "Ticket downloads.";
    DOWNLOADS_DROPPED = Counter, "onsale_download_records_dropped_total", [], "Downloads served but not recorded.";
    CACHE_REQUESTS = Counter, "onsale_cache_requests_total", ["cache", "outcome"], "Cache look-ups.";
    DB_CONNECTIONS = Gauge, "onsale_db_connections", ["state"], "Connections of the database pool, by state.";
    DB_WAITING = Gauge, "onsale_db_connection_waiters", [], "Tasks waiting for a database connection.";
    JOBS_OPEN = Gauge, "onsale_jobs", ["status"], "Unfinished jobs, by status.";
    JOB_CHUNKS = Counter, "onsale_job_chunks_total", ["kind", "outcome"], "Job chunks that this server worked on, by outcome.";
    BULK_LIMIT = Gauge, "onsale_bulk_limit", [], "Maximum number of job items processed at once; lowered while clients wait.";
    AUDIT_FAILED = Counter, "onsale_audit_failures_total", [], "Actions that could not be written to the audit log.";
    DOCUMENTS_PENDING = Gauge, "onsale_documents_pending", [], "Documents not in storage yet, counted up to 100,000.";
    LEASES_RENEWED = Counter, "onsale_document_leases_renewed_total", [], "Leases renewed because a file took longer than half of one.";
    DOCUMENTS_FAILED = Gauge, "onsale_documents_failed", [], "Documents that failed too often and are no longer retried, counted up to 100,000.";
    DOCUMENTS_OLDEST_SECONDS = Gauge, "onsale_documents_oldest_pending_seconds", [], "Age of the oldest pending document since its promise.";
    MAIL_QUEUED = Gauge, "onsale_mail_queued", [], "Messages that wait to be sent, counted up to 100,000; promised ones included.";
    MAIL_OLDEST_SECONDS = Gauge, "onsale_mail_oldest_queued_seconds", [], "Age of the oldest message that waits.";
    MAIL_SERVER_AWAY = Gauge, "onsale_mail_server_away", [], "1 while the mail server does not answer or refuses everything, else 0.";
    MAIL_SENT = Counter, "onsale_mail_sent_total", ["kind"], "Messages that the mail server accepted.";
    MAIL_DEFERRED = Counter, "onsale_mail_deferred_total", [], "Attempts that the mail server refused for now.";
    MAIL_BOUNCED = Counter, "onsale_mail_bounced_total", ["class"], "Messages refused for ever: because of the address or of the message.";
    MAIL_NOT_SENT = Counter, "onsale_mail_not_sent_total", ["reason"], "Messages given up, or not sent because their address is suppressed or they were outdated.";
    MAIL_REPORTS = Counter, "onsale_mail_reports_total", ["state"], "Reports of mail servers and providers about messages.";
    MAIL_FIRST_TRY_SECONDS = Histogram(WAIT_SECONDS_BUCKETS), "onsale_mail_first_try_seconds", [], "Time from the reason for a message to its first attempt.";
    MAIL_SEND_SECONDS = Histogram(SECONDS_BUCKETS), "onsale_mail_send_duration_seconds", [], "Duration of one transmission to the mail server.";
    MAIL_COPIES_WAITING = Gauge, "onsale_mail_copies_waiting", [], "Copies of sent messages that wait for storage.";
    MAIL_COPIES_LOST = Counter, "onsale_mail_copies_lost_total", [], "Copies of sent messages that were not kept.";
    DOCUMENT_FAILURES = Counter, "onsale_documents_missed_total", ["reason"], "Failed attempts to render or upload a document.";
}

/// Installs the global recorder and returns the handle that renders the page for Prometheus.
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

/// Installs the recorder for this process, however many servers a test starts in it, and keeps its histograms small.
///
/// # Errors
/// If another recorder is installed, or no thread can be started.
pub fn install_once() -> std::io::Result<PrometheusHandle> {
    static INSTALLED: Mutex<Option<PrometheusHandle>> = Mutex::new(None);
    let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(handle) = &*installed {
        return Ok(handle.clone());
    }
    let handle = install().map_err(std::io::Error::other)?;
    let upkeep = handle.clone();
    std::thread::Builder::new().name("metrics".into()).spawn(move || {
        loop {
            std::thread::sleep(UPKEEP_INTERVAL);
            upkeep.run_upkeep();
        }
    })?;
    Ok(installed.insert(handle).clone())
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
    begin_at_zero();
    metrics::gauge!(BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
}

/// Creates the series of counters that alerts read: an increase from an absent series to 1 would not be seen.
fn begin_at_zero() {
    for metric in ALL.iter().filter(|metric| metric.kind == Counter && metric.labels.is_empty()) {
        metrics::counter!(metric.name).increment(0);
    }
    for finding in ["missing", "damaged", "stale", "orphan"] {
        metrics::counter!(RECONCILER_FINDINGS, "finding" => finding).increment(0);
    }
    for kind in ["regeneration", "archive"] {
        metrics::counter!(JOB_CHUNKS, "kind" => kind, "outcome" => "ok").increment(0);
    }
}

/// Records the time from its creation to its drop in a histogram.
#[derive(Debug)]
pub struct Timer {
    name: &'static str,
    start: Instant,
}

impl Timer {
    /// Starts a timer for the histogram `name`.
    pub fn start(name: &'static str) -> Self {
        Self { name, start: Instant::now() }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        metrics::histogram!(self.name).record(self.start.elapsed());
    }
}

/// Interval at which histograms are drained, because their memory grows until then.
pub const UPKEEP_INTERVAL: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_name_follows_the_prometheus_conventions() {
        for metric in ALL {
            assert!(metric.name.starts_with("onsale_"), "{}", metric.name);
            assert!(metric.help.ends_with('.'), "{}", metric.name);
            assert_eq!(metric.kind == Counter, metric.name.ends_with("_total"), "{}", metric.name);
        }
    }
}
