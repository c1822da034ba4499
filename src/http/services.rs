//! What handlers work with.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use actix_web::HttpRequest;
use ipnet::IpNet;
use moka::future::Cache;
use tokio::sync::Semaphore;

use super::{Clients, HotLinks, Readers, TokensInUse, auth::Authenticator};
use crate::{
    actors::{Desk, Inbox, Recorder, Renderer},
    db::{Catalog, Database, JobRow},
    domain::JobId,
    render::{Plans, RenderPool},
    store::{LocalTickets, Spool, Urls},
};

/// How requests are answered.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// What links are built from.
    pub public_base_url: String,
    pub body_limit_bytes: usize,
    /// How long a client may take over a body.
    pub body_timeout: Duration,
    /// How long a registration may take before nobody waits for it any more.
    pub register_timeout_ms: u64,
    /// Entries of a list at most.
    pub list_limit: i64,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
}

/// How long a look at a job is good for others.
const LOOK: Duration = Duration::from_millis(200);

/// Room for looks at jobs.
pub fn job_looks() -> Cache<JobId, Option<JobRow>> {
    Cache::builder().max_capacity(1000).time_to_live(LOOK).build()
}

/// Everything a handler may ask.
pub struct Services {
    pub settings: HttpSettings,
    pub database: Database,
    pub catalog: Catalog,
    pub registrar: Desk,
    pub renderer: Inbox<Renderer>,
    pub recorder: Inbox<Recorder>,
    /// Room for public reading.
    pub readers: Readers,
    pub clients: Clients,
    pub pool: RenderPool,
    pub plans: Plans,
    pub urls: Urls,
    pub hot: HotLinks,
    pub spool: Option<Spool>,
    /// Files that another program made, until they are imported.
    pub local_tickets: Option<LocalTickets>,
    pub authenticator: Authenticator,
    /// Room for those who watch jobs.
    pub streams: Arc<Semaphore>,
    /// Jobs as they were a moment ago, for those.
    pub looks: Cache<JobId, Option<JobRow>>,
    /// Set when the server stops.
    pub stopping: Arc<AtomicBool>,
    /// Tokens whose use was written down lately.
    pub tokens: TokensInUse,
    /// How long the sweeper leaves a fresh document alone.
    pub grace_seconds: f64,
    /// How long whoever makes a document may take.
    pub lease_seconds: f64,
}

impl Services {
    /// A link to one of our routes.
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.settings.public_base_url)
    }

    /// Whether whoever listens for long should come back later.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    /// Whom a request comes from: the peer, or the right-most address that no trusted proxy speaks for.
    pub fn client_address(&self, request: &HttpRequest) -> Option<IpAddr> {
        let trusted = |address: &IpAddr| self.settings.trusted_proxies.iter().any(|net| net.contains(address));
        let peer = request.peer_addr()?.ip().to_canonical();
        if !trusted(&peer) {
            return Some(peer);
        }
        // From the right: what a client wrote there itself stands further left, and is never reached.
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
