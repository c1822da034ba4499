//! Services that all handlers share.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{
    HttpRequest,
    http::{Method, header},
    web,
};
use ipnet::IpNet;

use super::{Clients, CorsOrigins, KeptPages, Readers};
use crate::work::{Tools, downloads::DownloadClient, mail_events::Providers};

/// Characters of a user agent that are recorded.
const MAX_USER_AGENT: usize = 300;

/// Settings of requests and answers.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// Base URL of links.
    pub public_base_url: String,
    /// Largest body of a request, in bytes.
    pub body_limit_bytes: usize,
    /// Time in which a client must send a body.
    pub body_timeout: Duration,
    /// A registration that still waits after this many milliseconds is refused.
    pub register_timeout_ms: u64,
    /// Largest number of entries in a page of a list.
    pub list_limit: i64,
    /// Memory for pages that are the same for everybody, in bytes.
    pub page_cache_bytes: u64,
    /// Networks of the peers whose `X-Forwarded-For` is trusted.
    pub trusted_proxies: Vec<IpNet>,
    /// Origins whose pages may call this API.
    pub cors_origins: CorsOrigins,
}

impl HttpSettings {
    /// True if browsers reach this server over HTTPS.
    pub fn is_https(&self) -> bool {
        self.public_base_url.starts_with("https:")
    }

    /// Returns the origin of the pages: scheme, host and port.
    pub fn origin(&self) -> &str {
        let base = &self.public_base_url;
        let host = base.find("://").map_or(0, |at| at + 3);
        base[host..].find('/').map_or(base, |end| &base[..host + end])
    }
}

/// Services that all handlers share.
pub struct Services {
    pub settings: HttpSettings,
    pub tools: Tools,
    /// Pages that are the same for everybody.
    pub pages: KeptPages,
    /// Permits for public reads.
    pub readers: Readers,
    pub clients: Clients,
    /// Passwords tried, and messages asked for, by each network.
    pub tries: Clients,
    pub providers: Providers,
    /// True once the server is stopping.
    pub stopping: Arc<AtomicBool>,
}

impl Services {
    /// Returns the services of the listener that received a request. Only routes of the public listener may call this.
    pub fn of(request: &HttpRequest) -> &web::Data<Self> {
        request.app_data::<web::Data<Self>>().expect("`bind_public` in app/listeners.rs registers `Services`")
    }

    /// Returns the absolute URL of a route of this API.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_base_url)
    }

    /// True if the server is stopping: streams end, and their clients reconnect.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Describes the client of a download, for the record of the download.
    pub fn download_client(&self, request: &HttpRequest, automatic: bool) -> DownloadClient {
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        DownloadClient {
            automatic,
            address: self.client_address(request),
            user_agent: agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
            is_probe: request.method() == Method::HEAD,
        }
    }

    /// Returns the client's address: the peer's, or the right-most address of `X-Forwarded-For` that is no trusted
    /// proxy's.
    pub fn client_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let trusted = |address: &IpAddr| self.settings.trusted_proxies.iter().any(|net| net.contains(address));
        let peer = request.peer_addr()?.ip().to_canonical();
        if !trusted(&peer) {
            return Some(peer);
        }
        // From the right: a client can forge only addresses further left, which are not reached.
        let values: Vec<_> =
            request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
        let mut last = peer;
        for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Some(hop) = parse_address(hop.trim()) else { break };
            last = hop;
            if !trusted(&hop) {
                break;
            }
        }
        Some(last)
    }
}

/// Parses an address as proxies write it: with or without a port.
fn parse_address(hop: &str) -> Option<IpAddr> {
    let parsed = hop.parse().or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip())).ok()?;
    Some(parsed.to_canonical())
}
