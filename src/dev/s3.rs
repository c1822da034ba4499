//! S3 endpoint inside the process, on the loopback interface: checks signatures and stores objects as files in a
//! folder.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::Context;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use s3s::{
    auth::SimpleAuth,
    service::{S3Service, S3ServiceBuilder},
};
use s3s_fs::FileSystem;
use tokio::{net::TcpListener, task::JoinHandle};

use super::DevSecrets;

/// Name of the only bucket.
pub const BUCKET: &str = "onsale";

/// A running endpoint; stops when it is dropped.
pub struct S3 {
    pub folder: PathBuf,
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl S3 {
    /// Serves the folder `s3` of `home` on this loopback port; 0 means any free port.
    pub async fn start(home: &Path, keys: &DevSecrets, port: u16) -> anyhow::Result<Self> {
        let folder = home.join("s3");
        fs::create_dir_all(folder.join(BUCKET)).with_context(|| format!("creating {}", folder.display()))?;
        let files =
            FileSystem::new(&folder).map_err(|error| anyhow::anyhow!("opening {}: {error:?}", folder.display()))?;
        let mut builder = S3ServiceBuilder::new(files);
        builder.set_auth(SimpleAuth::from_single(keys.s3_access_key.clone(), keys.s3_secret_key.clone()));
        let service = builder.build();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(accept(listener, service));
        Ok(Self { folder, address, task })
    }

    /// Returns its URL.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for S3 {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, service: S3Service) {
    loop {
        match listener.accept().await {
            Ok((socket, _)) => {
                // Nagle's algorithm would delay each small answer by 40 ms.
                drop(socket.set_nodelay(true));
                let service = service.clone();
                tokio::spawn(async move {
                    let served = http1::Builder::new().serve_connection(TokioIo::new(socket), service).await;
                    if let Err(error) = served {
                        tracing::debug!(%error, "a connection to the storage endpoint failed");
                    }
                });
            }
            Err(error) => tracing::warn!(%error, "the storage endpoint could not accept a connection"),
        }
    }
}
