//! Everything that handlers share.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::{HttpRequest, http::header, web};
use ipnet::IpNet;
use tokio::sync::Semaphore;

use super::{Clients, Readers};
use crate::work::{Tools, downloads::Visit};

/// Characters of a user agent that are recorded.
const MAX_USER_AGENT: usize = 300;

/// How requests are answered.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The address that links begin with.
    pub public_base_url: String,
    pub body_limit_bytes: usize,
    /// How long a client may take to send a body.
    pub body_timeout: Duration,
    /// A registration that takes longer than this is given up.
    pub register_timeout_ms: u64,
    /// Entries of a list at most.
    pub list_limit: i64,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// Everything that handlers share.
pub struct Services {
    pub settings: HttpSettings,
    pub tools: Tools,
    /// Permits to read public data.
    pub readers: Readers,
    pub clients: Clients,
    /// Permits to watch a job.
    pub streams: Arc<Semaphore>,
    /// Set when the server stops.
    pub stopping: Arc<AtomicBool>,
}

impl Services {
    /// The services of the listener that received a request.
    pub fn of(request: &HttpRequest) -> &web::Data<Self> {
        request.app_data::<web::Data<Self>>().expect("the public listener is started with its services")
    }

    /// A link to one of our routes.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_base_url)
    }

    /// True if the server stops: a client that listens for long should come back later.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// The client of a download, for the record of it.
    pub fn visit(&self, request: &HttpRequest, automatic: bool) -> Visit {
        let agent = request.headers().get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Visit {
            automatic,
            address: self.client_address(request),
            user_agent: agent.map(|agent| agent.chars().take(MAX_USER_AGENT).collect()),
        }
    }

    /// The client's address: the peer, or the right-most address that no trusted proxy has.
    pub fn client_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let trusted = |address: &IpAddr| self.settings.trusted_proxies.iter().any(|net| net.contains(address));
        let peer = request.peer_addr()?.ip().to_canonical();
        if !trusted(&peer) {
            return Some(peer);
        }
        // From the right: addresses that the client wrote itself stand further left and are never reached.
        let values: Vec<_> =
            request.headers().get_all("x-forwarded-for").filter_map(|value| value.to_str().ok()).collect();
        let mut last = peer;
        for hop in values.iter().rev().flat_map(|value| value.rsplit(',')) {
            let Some(hop) = address(hop.trim()) else { break };
            last = hop;
            if !trusted(&hop) {
                break;
            }
        }
        Some(last)
    }
}

/// A hop as proxies write it: an address, with or without a port.
fn address(hop: &str) -> Option<IpAddr> {
    let parsed = hop.parse().or_else(|_| hop.parse::<SocketAddr>().map(|socket| socket.ip())).ok()?;
    Some(parsed.to_canonical())
}
