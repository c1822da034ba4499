//! Open connections: a limit for each client, and a time limit for answers that a client does not read.

use std::{
    any::Any,
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{dev::Extensions, rt::net::TcpStream};
use ipnet::IpNet;
use rustix::net::{Shutdown, shutdown};

use super::limits::client_key;
use crate::metrics::HTTP_CONNECTIONS_REFUSED;

/// Limits of connections.
#[derive(Debug, Clone)]
pub struct ConnectionSettings {
    /// Open connections of one client. `None`: no limit.
    pub per_client: Option<usize>,
    /// Time after which a connection is closed whose peer takes no byte of an answer.
    pub write_timeout: Duration,
    /// Networks of load balancers, whose connections are not limited: they carry the requests of many clients.
    pub trusted_proxies: Vec<IpNet>,
}

/// The open connections of each client.
pub struct Connections {
    settings: ConnectionSettings,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// A counted connection. Dropped when the connection is closed.
struct Counted {
    connections: Arc<Connections>,
    client: IpAddr,
}

impl Connections {
    /// Starts without connections.
    pub fn new(settings: ConnectionSettings) -> Self {
        Self { settings, open: Mutex::default() }
    }

    /// Prepares a new connection. Closes it at once if its client has too many.
    pub fn accept(self: &Arc<Self>, connection: &dyn Any, data: &mut Extensions) {
        let Some(stream) = connection.downcast_ref::<TcpStream>() else { return };
        self.limit_writing(stream);
        let (Some(limit), Ok(peer)) = (self.settings.per_client, stream.peer_addr()) else { return };
        let peer = peer.ip().to_canonical();
        if self.settings.trusted_proxies.iter().any(|network| network.contains(&peer)) {
            return;
        }
        let client = client_key(peer);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(client).or_default();
        *count += 1;
        let refused = limit < *count;
        drop(open);
        data.insert(Counted { connections: self.clone(), client });
        if refused {
            metrics::counter!(HTTP_CONNECTIONS_REFUSED).increment(1);
            // The framework reads the end of the stream and closes the connection.
            if let Err(error) = shutdown(stream, Shutdown::Both) {
                tracing::debug!(%error, "a connection was closed by its client");
            }
        }
    }

    /// Lets the kernel close the connection if the peer takes no byte for too long.
    #[cfg(target_os = "linux")]
    fn limit_writing(&self, stream: &TcpStream) {
        let milliseconds = u32::try_from(self.settings.write_timeout.as_millis()).unwrap_or(u32::MAX);
        if let Err(error) = rustix::net::sockopt::set_tcp_user_timeout(stream, milliseconds) {
            tracing::debug!(%error, "a connection has no time limit for unread answers");
        }
    }

    #[cfg(not(target_os = "linux"))]
    fn limit_writing(&self, _: &TcpStream) {}
}

impl Drop for Counted {
    fn drop(&mut self) {
        let mut open = self.connections.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}
