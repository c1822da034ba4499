//! HTTP listeners: the public one, and the ops one for operators.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use actix_web::{
    App, HttpServer,
    dev::{Server, ServerHandle},
    middleware::from_fn,
    web,
};

use crate::{
    config::ServerConfig,
    http::{
        ConnectionSettings, Connections, OpsState, Services, guard, observe, ops_routes, preflights, public_routes,
        show_errors,
    },
};

/// Connections that the kernel queues while all workers are busy.
const BACKLOG: u32 = 8192;
/// Time in which a client must complete the close of a connection.
const DISCONNECT_TIMEOUT: Duration = Duration::from_secs(1);
/// Fraction of the shutdown time that is reserved for the actors, after the last request.
const ACTORS_SHARE: f32 = 0.3;

/// The address of a listener cannot be bound.
#[derive(Debug, thiserror::Error)]
#[error("listening on {address}: {source}")]
pub struct BindError {
    pub address: SocketAddr,
    pub source: std::io::Error,
}

/// Both listeners, with the addresses they are bound to.
pub struct Listeners {
    pub address: SocketAddr,
    pub ops_address: SocketAddr,
    /// Time in which the server must stop.
    pub shutdown: Duration,
    public: ServerHandle,
    ops: ServerHandle,
}

impl Listeners {
    /// Binds both addresses and starts to accept connections.
    pub fn start(
        settings: &ServerConfig,
        services: web::Data<Services>,
        ops_state: web::Data<OpsState>,
    ) -> Result<Self, BindError> {
        let (public, address) = bind_public(settings, services, ops_state.clone())?;
        let (ops, ops_address) = bind_ops(settings, ops_state)?;
        let listeners =
            Self { address, ops_address, shutdown: settings.shutdown, public: public.handle(), ops: ops.handle() };
        actix::spawn(public);
        actix::spawn(ops);
        Ok(listeners)
    }

    /// Stops accepting connections, and waits for requests in flight.
    pub async fn stop_public(&self) {
        self.public.stop(true).await;
    }

    /// Stops the ops listener without waiting.
    pub async fn stop_ops(&self) {
        self.ops.stop(false).await;
    }
}

fn bind_public(
    settings: &ServerConfig,
    services: web::Data<Services>,
    ops: web::Data<OpsState>,
) -> Result<(Server, SocketAddr), BindError> {
    let connections = Arc::new(Connections::new(ConnectionSettings {
        per_client: settings.connections_per_client,
        write_timeout: settings.write_timeout,
        trusted_proxies: services.settings.trusted_proxies.clone(),
    }));
    let server = HttpServer::new(move || {
        App::new()
            .app_data(services.clone())
            .app_data(ops.clone())
            .wrap(from_fn(guard))
            .wrap(from_fn(show_errors))
            .wrap(from_fn(observe))
            .configure(|config| preflights(&services.settings.cors_origins, config))
            .configure(public_routes)
    });
    let bound = server
        .on_connect(move |connection, data| connections.accept(connection, data))
        .workers(settings.workers)
        .max_connections(settings.max_connections.div_ceil(settings.workers))
        .backlog(BACKLOG)
        .keep_alive(settings.keep_alive)
        .client_request_timeout(settings.head_timeout)
        .client_disconnect_timeout(DISCONNECT_TIMEOUT)
        .shutdown_timeout(settings.shutdown.mul_f32(1.0 - ACTORS_SHARE).as_secs().max(1))
        .disable_signals()
        .bind(settings.bind)
        .map_err(|source| BindError { address: settings.bind, source })?;
    let address = bound.addrs()[0];
    Ok((bound.run(), address))
}

fn bind_ops(settings: &ServerConfig, ops: web::Data<OpsState>) -> Result<(Server, SocketAddr), BindError> {
    let server = HttpServer::new(move || {
        App::new().app_data(ops.clone()).wrap(from_fn(guard)).wrap(from_fn(observe)).configure(ops_routes)
    });
    let bound = server
        .workers(1)
        .client_request_timeout(settings.head_timeout)
        .disable_signals()
        .bind(settings.ops_bind)
        .map_err(|source| BindError { address: settings.ops_bind, source })?;
    let address = bound.addrs()[0];
    Ok((bound.run(), address))
}
