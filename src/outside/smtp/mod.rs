//! Sends messages to a mail server, over a bounded number of connections that are used again.

mod connection;
mod fault;
mod url;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use lettre::{Address, transport::smtp::client::TlsParameters};
use tokio::sync::Semaphore;

use self::connection::Connection;
pub use self::{
    fault::SendFault,
    url::{SmtpUrl, SmtpUrlFault, Tls},
};

/// Time limits of the steps of a transmission.
#[derive(Debug, Clone, Copy)]
pub struct TimeLimits {
    /// Until the connection is open, encrypted and greeted.
    pub connect: Duration,
    /// Until a command is answered.
    pub command: Duration,
    /// Until a message is answered, after its last byte.
    pub message: Duration,
}

/// The mail server and how it is used.
#[derive(Debug, Clone)]
pub struct SmtpSettings {
    pub url: SmtpUrl,
    /// Name of this machine in greetings: the sender's domain.
    pub hello: String,
    pub connections: usize,
    pub limits: TimeLimits,
}

/// A connection that was not used for this time is closed: servers close it themselves after some minutes.
const MAX_IDLE: Duration = Duration::from_secs(30);

/// A mail server. Clones share the connections.
#[derive(Clone)]
pub struct Smtp(Arc<Inner>);

struct Inner {
    settings: SmtpSettings,
    tls: Option<TlsParameters>,
    idle: Mutex<Vec<(Connection, Instant)>>,
    permits: Semaphore,
}

impl Smtp {
    /// Prepares connections. Fails if the root certificates of this machine cannot be read.
    pub fn new(settings: SmtpSettings) -> Result<Self, lettre::transport::smtp::Error> {
        let tls = match settings.url.tls {
            Tls::None => None,
            Tls::Start | Tls::Implicit => Some(TlsParameters::new(settings.url.host.clone())?),
        };
        let permits = Semaphore::new(settings.connections);
        Ok(Self(Arc::new(Inner { settings, tls, idle: Mutex::default(), permits })))
    }

    /// Sends a message. Returns the answer of the server, which has the message then. The message has CRLF at the end of
    /// its lines.
    pub async fn send(&self, from: Address, to: Address, message: &str) -> Result<String, SendFault> {
        let _permit = self.0.permits.acquire().await.map_err(|_| SendFault::server("the server stops"))?;
        if let Some(mut connection) = self.take_idle() {
            match connection.send(from.clone(), to.clone(), message, self.0.settings.limits).await {
                // The server has closed the connection meanwhile: nothing was sent.
                Err(SendFault::Closed) => {}
                sent => return self.keep(connection, sent),
            }
        }
        let mut connection = Connection::open(&self.0.settings, self.0.tls.as_ref()).await?;
        let sent = connection.send(from, to, message, self.0.settings.limits).await;
        self.keep(connection, sent)
    }

    /// Closes connections that have not been used for some time.
    pub fn close_idle(&self) {
        let mut idle = self.idle();
        let (old, fresh) = std::mem::take(&mut *idle).into_iter().partition(|(_, since)| since.elapsed() > MAX_IDLE);
        *idle = fresh;
        drop(idle);
        let old: Vec<_> = old;
        for (connection, _) in old {
            tokio::spawn(connection.close());
        }
    }

    fn keep(&self, connection: Connection, sent: Result<String, SendFault>) -> Result<String, SendFault> {
        if connection.is_usable() {
            self.idle().push((connection, Instant::now()));
        }
        sent
    }

    /// Takes the connection that was used last.
    fn take_idle(&self) -> Option<Connection> {
        let mut idle = self.idle();
        while let Some((connection, since)) = idle.pop() {
            if since.elapsed() < MAX_IDLE {
                return Some(connection);
            }
        }
        None
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Connection, Instant)>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
