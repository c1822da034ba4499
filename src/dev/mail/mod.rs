//! A mail server on loopback that delivers nothing: it keeps each message as a file, and shows them on a page.

mod page;
mod smtp;

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::Context;
use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, task::JoinHandle};

/// A running mail server and its page; both stop when it is dropped.
pub struct MailServer {
    smtp: SocketAddr,
    page: SocketAddr,
    tasks: [JoinHandle<()>; 2],
}

/// The folder of the kept messages. Names begin with the time: the newest is the last.
#[derive(Clone)]
struct Mailbox(Arc<PathBuf>);

impl MailServer {
    /// Keeps messages in the folder `mail` of `home`. Both servers use any free port of loopback.
    pub async fn start(home: &Path) -> anyhow::Result<Self> {
        let folder = home.join("mail");
        fs::create_dir_all(&folder).with_context(|| format!("creating {}", folder.display()))?;
        let mailbox = Mailbox(Arc::new(folder));
        let (smtp, page) = (listen().await?, listen().await?);
        let addresses = (smtp.local_addr()?, page.local_addr()?);
        let tasks = [tokio::spawn(smtp::serve(smtp, mailbox.clone())), tokio::spawn(serve_page(page, mailbox))];
        Ok(Self { smtp: addresses.0, page: addresses.1, tasks })
    }

    /// Returns the URL of the mail server.
    pub fn smtp_url(&self) -> String {
        format!("smtp://{}?tls=none", self.smtp)
    }

    /// Returns the address of the page.
    pub fn page_url(&self) -> String {
        format!("http://{}", self.page)
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

async fn listen() -> std::io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}

async fn serve_page(listener: TcpListener, mailbox: Mailbox) {
    loop {
        let Ok((socket, _)) = listener.accept().await else { continue };
        // Nagle's algorithm would delay each small answer by 40 ms.
        drop(socket.set_nodelay(true));
        let mailbox = mailbox.clone();
        tokio::spawn(async move {
            let answer = service_fn(|request| {
                std::future::ready(Ok::<_, std::convert::Infallible>(page::answer(&mailbox, &request)))
            });
            if let Err(error) = http1::Builder::new().serve_connection(TokioIo::new(socket), answer).await {
                tracing::debug!(%error, "a connection to the page of messages failed");
            }
        });
    }
}
