//! A storage that reads what comes and throws it away: what is measured is ours.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU8, AtomicU64, Ordering},
    },
    time::Duration,
};

use actix_web::{App, HttpResponse, HttpServer, dev::ServerHandle, web};

/// A storage that forgets everything at once, or is in a mood.
pub struct Sink {
    pub address: SocketAddr,
    pub mood: Arc<AtomicU8>,
    pub asked: Arc<AtomicU64>,
    server: ServerHandle,
}

pub const WELL: u8 = 0;
pub const FROZEN: u8 = 1;
pub const SLOW: u8 = 2;

impl Sink {
    pub fn start(address: &str) -> Self {
        let (ready, is_ready) = std::sync::mpsc::channel();
        let (mood, asked) = (Arc::new(AtomicU8::new(WELL)), Arc::new(AtomicU64::new(0)));
        let (moods, count) = (mood.clone(), asked.clone());
        let address = address.to_owned();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let forget = move |body: web::Payload| {
                    let (moods, count) = (moods.clone(), count.clone());
                    async move {
                        count.fetch_add(1, Ordering::Relaxed);
                        drop(body.to_bytes_limited(usize::MAX).await);
                        while moods.load(Ordering::Relaxed) == FROZEN {
                            actix_web::rt::time::sleep(Duration::from_millis(100)).await;
                        }
                        if moods.load(Ordering::Relaxed) == SLOW {
                            actix_web::rt::time::sleep(Duration::from_secs(2)).await;
                        }
                        HttpResponse::Ok().finish()
                    }
                };
                let server = HttpServer::new(move || App::new().default_service(web::to(forget.clone())));
                let server = server.workers(1).disable_signals().bind(address).unwrap();
                let address = server.addrs()[0];
                let server = server.run();
                ready.send((address, server.handle())).unwrap();
                server.await.unwrap();
            });
        });
        let (address, server) = is_ready.recv().unwrap();
        Self { address, mood, asked, server }
    }

    /// Pulls its plug, and starts another in its place later.
    pub fn kill(self) -> SocketAddr {
        let stopping = self.server.stop(false);
        actix_web::rt::System::new().block_on(stopping);
        self.address
    }
}
