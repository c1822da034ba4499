//! Everything that can be set, in one table. `config check`, the example file and the README say what stands here.

/// One thing that can be set.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Section and name, as in the file.
    pub name: &'static str,
    /// Environment variables, the first wins. Every key also has `ONSALE_` with its name in capitals.
    pub variables: &'static [&'static str],
    pub default: Option<&'static str>,
    /// Never shown.
    pub secret: bool,
    pub help: &'static str,
}

macro_rules! keys {
    ($($name:literal, [$($variable:literal),*], $default:expr, $help:literal;)*) => {
        /// Every key.
        pub const KEYS: &[Key] = &[$(Key {
            name: $name,
            variables: &[$($variable),*],
            default: $default,
            secret: is_secret($name),
            help: $help,
        },)*];
    };
}

const SECRETS: [&str; 5] =
    ["database.url", "storage.secret_access_key", "storage.session_token", "secrets.secret", "secrets.admin_token"];

const fn is_secret(name: &str) -> bool {
    let mut index = 0;
    while index < SECRETS.len() {
        if equal(SECRETS[index].as_bytes(), name.as_bytes()) {
            return true;
        }
        index += 1;
    }
    false
}

const fn equal(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

keys! {
    "server.bind", ["BIND"], Some("127.0.0.1:8080"), "the public listener";
    "server.ops_bind", ["OPS_BIND"], Some("127.0.0.1:9464"), "metrics and health";
    "server.public_base_url", ["PUBLIC_BASE_URL"], None, "what links are built from; http:// and server.bind if left out";
    "server.data_dir", ["DATA_DIR"], Some("./data"), "what --dev keeps on disk, and the spool";
    "server.trusted_proxies", ["TRUSTED_PROXIES"], Some(""), "CIDRs whose X-Forwarded-For is believed, with commas";
    "server.workers", [], Some("0"), "threads that speak HTTP; 0 is one a core";
    "server.max_connections", [], Some("25000"), "open connections at most, all workers together";
    "server.keep_alive_seconds", [], Some("75"), "how long an idle connection stays open";
    "server.head_timeout_ms", [], Some("5000"), "how long a client may take over a request's head";
    "server.body_limit_bytes", [], Some("65536"), "a request's body at most";
    "server.body_timeout_ms", [], Some("5000"), "how long a client may take over a request's body";
    "server.register_timeout_ms", [], Some("5000"), "how long a registration may wait for its turn";
    "server.readers", [], Some("64"), "requests for what is public at once; more get 503";
    "server.list_limit", [], Some("200"), "entries of a list's page at most";
    "server.shutdown_seconds", [], Some("25"), "how long a stopping server finishes what it has accepted";
    "clients.per_second", [], Some("0"), "requests a second from one address, or one /64 of IPv6; 0 is no limit";
    "clients.burst", [], Some("40"), "requests at once from one address before that counts";
    "clients.remembered", [], Some("100000"), "addresses remembered";
    "database.url", ["DATABASE_URL"], None, "PostgreSQL; serve needs it, or --dev";
    "database.connections", [], Some("16"), "connections at most; a quarter is kept for the actors, an eighth for jobs";
    "database.wait_ms", [], Some("2000"), "how long to wait for a free connection";
    "database.connect_ms", [], Some("3000"), "how long connecting may take";
    "database.statement_ms", [], Some("5000"), "how long a statement may take";
    "storage.bucket", ["S3_BUCKET_NAME", "AWS_S3_BUCKET_NAME"], None, "the bucket; serve needs it, or --dev";
    "storage.places", [], Some(""), "kinds in a bucket or under a prefix of their own: invoices=BUCKET/PREFIX, codes=/PREFIX";
    "storage.region", ["AWS_REGION", "AWS_DEFAULT_REGION"], Some("us-east-1"), "the bucket's region";
    "storage.endpoint", ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"], None, "another S3 server than AWS";
    "storage.public_endpoint", [], None, "where clients reach storage, if not at storage.endpoint: what links are signed for";
    "storage.cdn_base_url", [], None, "what links begin with instead of storage's address: a CDN in front of it that passes the query on";
    "storage.encryption", [], None, "how storage encrypts objects: AES256 or aws:kms; else as the bucket says";
    "storage.kms_key", [], None, "the key for aws:kms, if not the bucket's";
    "storage.class", [], None, "objects' storage class, such as STANDARD_IA; else as the bucket says";
    "storage.allow_public", [], Some("false"), "start although strangers can read the bucket";
    "storage.access_key_id", ["AWS_ACCESS_KEY_ID"], None, "with its secret; else the SDK finds credentials where it always does";
    "storage.secret_access_key", ["AWS_SECRET_ACCESS_KEY"], None, "the key's secret";
    "storage.session_token", ["AWS_SESSION_TOKEN"], None, "of temporary credentials";
    "storage.part_mb", [], Some("8"), "what is larger goes up in parts of this size, in MiB";
    "storage.connect_ms", [], Some("2000"), "how long connecting may take";
    "storage.attempt_ms", [], Some("5000"), "how long one try of a request may take";
    "storage.operation_ms", [], Some("15000"), "how long all tries of a request may take";
    "storage.url_life_seconds", [], Some("300"), "how long a pre-signed URL lives; also how long one that leaked does";
    "storage.url_cache", [], Some("100000"), "pre-signed URLs kept";
    "spool.mb", [], Some("0"), "room under DATA_DIR/spool for files that storage does not take now, in MiB; 0 is no spool";
    "local.tickets_dir", [], None, "a folder of PDFs named by registration id: served until they are imported";
    "local.file_mb", [], Some("32"), "a local ticket at most, in MiB";
    "secrets.secret", ["ONSALE_SECRET"], None, "32 bytes or more in base64: signs access tokens, seals keys; --dev makes one";
    "secrets.admin_token", ["ONSALE_ADMIN_TOKEN"], None, "an organizer's token with every scope, to begin with";
    "secrets.admin_organizer", [], Some("admin"), "the organizer it acts for";
    "registrar.queue", [], Some("4096"), "registrations accepted and not answered; more get 503";
    "registrar.wait_ms", [], Some("100"), "how long registrations may wait in line: longer, and fewer are let in";
    "registrar.stuck_ms", [], Some("500"), "how long one transaction may take before the line behind it is sent away";
    "registrar.batch_max", [], Some("512"), "registrations in one transaction";
    "registrar.surge", [], Some("16"), "registrations in one transaction, from which on files wait for calmer times";
    "registrar.hold_seconds", [], Some("900"), "how long an unpaid seat is held";
    "registrar.resolve_ms", [], Some("5000"), "how long a lost answer of the database is looked for";
    "catalog.capacity", [], Some("10000"), "events kept in memory";
    "catalog.lifetime_ms", [], Some("1000"), "how long another server's change may go unnoticed";
    "render.threads", [], Some("0"), "threads that render; 0 is one a core";
    "render.live_queue", [], Some("1024"), "downloads waiting to be rendered; more get 503";
    "render.bulk_queue", [], Some("4096"), "other files waiting to be rendered";
    "render.plans_mb", [], Some("64"), "memory for compiled layouts, in MiB";
    "render.font_dirs", ["FONT_DIRS"], Some("/usr/share/fonts:/usr/local/share/fonts"), "folders of more fonts, with colons; what no font has is printed as a box";
    "renderer.queue", [], Some("1024"), "fresh tickets on their way into storage; the rest waits in the database";
    "renderer.max_failures", [], Some("5"), "tries after which a file that cannot be rendered or stored is set aside";
    "uploader.in_flight", [], Some("64"), "uploads at once at most; fewer while storage asks for less";
    "uploader.max_backoff_seconds", [], Some("60"), "the longest pause before a file that storage refused is tried again";
    "recorder.queue", [], Some("8192"), "records waiting to be written";
    "sweeper.interval_ms", [], Some("1000"), "how often forgotten work is looked for";
    "sweeper.claim", [], Some("256"), "documents claimed at once";
    "sweeper.lease_seconds", [], Some("30"), "how long a claim holds";
    "sweeper.grace_seconds", [], Some("15"), "how long fresh work is left to those who have it in memory";
    "housekeeper.interval_seconds", [], Some("3600"), "how often storage is compared with its rows and old files go, on one server; 0 is never";
    "housekeeper.repair", [], Some("true"), "put right what is missing, damaged, stale or nobody's";
    "housekeeper.grace_seconds", [], Some("86400"), "how old an object without a row must be before it is nobody's";
    "jobs.chunks", [], Some("2"), "chunks of jobs that this server works on at once; 0 leaves jobs to others";
    "jobs.registrations", [], Some("512"), "registrations in a chunk";
    "jobs.lease_seconds", [], Some("10"), "how long a chunk is left to a server that is not heard of";
    "jobs.patience_ms", [], Some("10"), "how long registering may take before jobs give way";
    "jobs.streams", [], Some("256"), "clients that may watch jobs at once";
    "jobs.archive_days", [], Some("7"), "how long an archive is kept";
    "retention.tickets_days", [], Some("0"), "days after an event's end until its tickets leave storage; 0 keeps them";
    "retention.codes_days", [], Some("0"), "the same for pictures of codes";
    "retention.confirmations_days", [], Some("0"), "the same for confirmations";
    "retention.invoices_days", [], Some("0"), "days after an invoice's date until it is removed; 0 keeps it";
    "downloads.shorten_after_days", [], Some("30"), "days until a download's address is shortened to its network; 0 keeps it";
    "prices.currency", [], Some("USD"), "what the prices of storage are in; only shown";
    "prices.writes_per_1000", [], Some("0.005"), "a thousand requests that write or list";
    "prices.reads_per_1000", [], Some("0.0004"), "a thousand requests that read";
    "prices.kept_per_gb_month", [], Some("0.023"), "a gigabyte kept for a month";
    "prices.sent_per_gb", [], Some("0.09"), "a gigabyte sent to clients";
    "log.filter", ["RUST_LOG"], Some("info,actix_server=warn"), "what is logged";
    "log.format", ["LOG_FORMAT"], Some("json"), "json or pretty; --dev is pretty";
}
