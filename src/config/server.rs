//! Listeners of the server, and limits of its HTTP requests.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use ipnet::IpNet;

use super::{
    Sources, clients,
    key::{keys, number, parsed, text},
};
use crate::http::{CorsOrigins, HttpSettings};

const ADDRESS: &str = "an address such as 127.0.0.1:8080";

keys! {
    BIND = parsed("server.bind", Some("127.0.0.1:8080"), ADDRESS, "Address of the public HTTP listener.")
        .variables(&["BIND"]);
    OPS_BIND = parsed("server.ops_bind", Some("127.0.0.1:9464"), ADDRESS,
        "Address of the listener for metrics and health checks.").variables(&["OPS_BIND"]);
    PUBLIC_BASE_URL = text("server.public_base_url", None,
        "Base URL of all links; if not set, http:// and server.bind.").variables(&["PUBLIC_BASE_URL"]);
    DATA_DIR = text("server.data_dir", Some("./data"),
        "Folder of the spool and of the files of --dev.").variables(&["DATA_DIR"]);
    TRUSTED_PROXIES = text("server.trusted_proxies", Some(""),
        "Networks of load balancers (CIDR, separated by commas) whose X-Forwarded-For header is trusted.")
        .variables(&["TRUSTED_PROXIES"]);
    CORS_ORIGINS = text("server.cors_origins", Some(""),
        "Origins whose web pages may call this API, separated by commas: https://shop.example.com; * is all, loopback those \
        on this machine.").variables(&["CORS_ORIGINS"]);
    WORKERS = number("server.workers", 0, 0..=1024, "Threads that serve HTTP; 0 is one per core.");
    MAX_CONNECTIONS = number("server.max_connections", 25_000, 1..=1_000_000,
        "Open connections of all workers together; each takes memory and a file descriptor.");
    KEEP_ALIVE_SECONDS = number("server.keep_alive_seconds", 75, 1..=3600,
        "Seconds until an idle connection is closed; must exceed the idle timeout of the load balancer.");
    HEAD_TIMEOUT_MS = number("server.head_timeout_ms", 5000, 100..=600_000,
        "Milliseconds in which a client must send the head of a request.");
    BODY_LIMIT_BYTES = number("server.body_limit_bytes", 65_536, 1024..=16_777_216,
        "Largest body of a request, in bytes; a body is held in memory.");
    BODY_TIMEOUT_MS = number("server.body_timeout_ms", 5000, 100..=600_000,
        "Milliseconds in which a client must send the body of a request.");
    WRITE_TIMEOUT_MS = number("server.write_timeout_ms", 30_000, 100..=600_000,
        "Milliseconds in which a client must take a part of an answer; then its connection is closed (Linux only).");
    REGISTER_TIMEOUT_MS = number("server.register_timeout_ms", 5000, 10..=600_000,
        "Milliseconds until a registration that still waits for its turn is refused.");
    READERS = number("server.readers", 64, 1..=100_000,
        "Requests for public data served at once; more get 503, so that registrations find connections.");
    LIST_LIMIT = number("server.list_limit", 200, 1..=10_000, "Largest number of entries in a page of a list.");
    PAGE_CACHE_MIB = number("server.page_cache_mib", 32, 1..=4096,
        "MiB of memory for pages that are the same for everybody, such as those of events.");
    SHUTDOWN_SECONDS = number("server.shutdown_seconds", 25, 1..=28,
        "Seconds in which a stopping server finishes accepted work; Kubernetes kills after 30.");
}

/// Settings of the listeners.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    pub bind: SocketAddr,
    pub ops_bind: SocketAddr,
    pub workers: usize,
    pub max_connections: usize,
    pub keep_alive: Duration,
    pub head_timeout: Duration,
    pub write_timeout: Duration,
    /// Open connections of one client. `None`: no limit.
    pub connections_per_client: Option<usize>,
    pub shutdown: Duration,
}

/// Reads the listeners. `None` if an address is faulty.
pub fn read(sources: &mut Sources) -> Option<ServerConfig> {
    let (bind, ops_bind) = (BIND.parsed(sources), OPS_BIND.parsed(sources));
    Some(ServerConfig {
        workers: WORKERS.threads(sources),
        max_connections: MAX_CONNECTIONS.number(sources),
        keep_alive: KEEP_ALIVE_SECONDS.seconds(sources),
        head_timeout: HEAD_TIMEOUT_MS.millis(sources),
        write_timeout: WRITE_TIMEOUT_MS.millis(sources),
        connections_per_client: clients::read_connections(sources),
        shutdown: SHUTDOWN_SECONDS.seconds(sources),
        bind: bind?,
        ops_bind: ops_bind?,
    })
}

/// Reads the limits of requests. `bind` is the base of links if no base URL is set.
pub fn read_http(sources: &mut Sources, bind: Option<SocketAddr>) -> HttpSettings {
    HttpSettings {
        public_base_url: public_base_url(sources, bind),
        body_limit_bytes: BODY_LIMIT_BYTES.number(sources),
        body_timeout: BODY_TIMEOUT_MS.millis(sources),
        register_timeout_ms: REGISTER_TIMEOUT_MS.number(sources),
        list_limit: i64::from(LIST_LIMIT.number::<u32>(sources)),
        page_cache_bytes: PAGE_CACHE_MIB.number::<u64>(sources) << 20,
        trusted_proxies: read_trusted_proxies(sources),
        cors_origins: read_cors_origins(sources),
    }
}

fn read_cors_origins(sources: &mut Sources) -> CorsOrigins {
    let text = CORS_ORIGINS.text(sources).unwrap_or_default();
    let origins: Vec<_> = text.split(',').map(str::trim).filter(|text| !text.is_empty()).collect();
    match origins[..] {
        ["*"] => return CorsOrigins::Any,
        ["loopback"] => return CorsOrigins::Loopback,
        _ => {}
    }
    for origin in &origins {
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if host.is_none_or(|host| host.is_empty() || host.contains(['/', '?', '#', '@', '*', ' '])) {
            CORS_ORIGINS.fault(sources, format!("`{origin}` is not an origin such as https://shop.example.com"));
        }
    }
    CorsOrigins::Listed(origins.into_iter().map(str::to_ascii_lowercase).collect())
}

fn read_trusted_proxies(sources: &mut Sources) -> Vec<IpNet> {
    let proxies = TRUSTED_PROXIES.text(sources).unwrap_or_default();
    let mut networks = Vec::new();
    for text in proxies.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        match text.parse().or_else(|_| text.parse().map(|address: IpAddr| address.into())) {
            Ok(network) => networks.push(network),
            Err(_) => TRUSTED_PROXIES.fault(sources, format!("`{text}` is not a network such as 10.0.0.0/8")),
        }
    }
    networks
}

/// Reads the base URL of links, without a slash at its end.
pub fn public_base_url(sources: &mut Sources, bind: Option<SocketAddr>) -> String {
    let base = PUBLIC_BASE_URL.text(sources).or_else(|| bind.map(|bind| format!("http://{bind}")));
    let base = base.unwrap_or_default().trim_end_matches('/').to_owned();
    let host = base.strip_prefix("http://").or_else(|| base.strip_prefix("https://")).unwrap_or_default();
    if host.is_empty() || host.contains(|c: char| c.is_whitespace() || "?#\"<>\\".contains(c)) {
        PUBLIC_BASE_URL.fault(sources, format!("`{base}` is not a URL such as https://tickets.example.com"));
    }
    base
}

/// Returns the folder of the spool and of the files of `--dev`.
pub fn data_dir(sources: &Sources) -> PathBuf {
    DATA_DIR.text(sources).unwrap_or_else(|| "./data".into()).into()
}

/// Reads the number of requests for public data that are served at once.
pub fn read_readers(sources: &mut Sources) -> usize {
    READERS.number(sources)
}
