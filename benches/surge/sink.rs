//! Storage server that reads and discards all requests, so that only the cost of Onsale is measured.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};

/// Storage server that discards all data; it can also freeze or answer slowly.
pub struct Sink {
    pub address: SocketAddr,
    pub mode: Arc<AtomicU8>,
    pub requests: Arc<AtomicU64>,
    server: ServerHandle,
}

pub const NORMAL: u8 = 0;
/// No request is answered until the mode changes.
pub const FROZEN: u8 = 1;
/// Each request is answered after two seconds.
pub const SLOW: u8 = 2;

impl Sink {
    pub fn start(address: &str) -> Self {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (mode, requests) = (Arc::new(AtomicU8::new(NORMAL)), Arc::new(AtomicU64::new(0)));
        let (server_mode, server_requests) = (mode.clone(), requests.clone());
        let address = address.to_owned();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let discard = move |body: web::Payload| {
                    let (server_mode, server_requests) = (server_mode.clone(), server_requests.clone());
                    async move {
                        server_requests.fetch_add(1, Ordering::Relaxed);
                        drop(body.to_bytes_limited(usize::MAX).await);
                        while server_mode.load(Ordering::Relaxed) == FROZEN {
                            actix_web::rt::time::sleep(Duration::from_millis(100)).await;
                        }
                        if server_mode.load(Ordering::Relaxed) == SLOW {
                            actix_web::rt::time::sleep(Duration::from_secs(2)).await;
                        }
                        HttpResponse::Ok().finish()
                    }
                };
                let server = HttpServer::new(move || App::new().default_service(web::to(discard.clone())));
                let server = server.workers(1).disable_signals().bind(address).unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                ready.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, server) = is_ready.recv().unwrap();
        Self { address, mode, requests, server }
    }

    /// Stops the server at once and returns its address, so that another can be started there.
    pub fn kill(self) -> SocketAddr {
        let stopping = self.server.stop(false);
        actix_web::rt::System::new().block_on(stopping);
        self.address
    }
}
