//! Object storage, and files on local disk.

use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Handle;

use crate::{
    config::Config,
    store::{LocalTickets, Spool, Store, UrlCache},
};

/// How long storage may take to answer the check for anonymous readers.
const PUBLIC_CHECK_TIMEOUT: Duration = Duration::from_secs(1);

/// Where files lie.
pub struct Storage {
    pub store: Store,
    pub urls: UrlCache,
    /// Files that storage does not accept now.
    pub spool: Option<Spool>,
    /// Files that another program made.
    pub local_tickets: Option<LocalTickets>,
}

impl Storage {
    /// Opens storage as configured.
    pub async fn open(config: &Config, io: Handle) -> anyhow::Result<Self> {
        let store = Store::new(config.storage.clone(), io).await;
        if !config.allow_public {
            refuse_public(&store).await?;
        }
        let disk = &config.disk;
        let spool = match disk.spool_bytes {
            0 => None,
            bytes => Some(Spool::open(&disk.spool, bytes).context("opening the spool")?),
        };
        let local_tickets = disk.local_tickets.clone().map(|folder| LocalTickets::new(folder, disk.local_file_bytes));
        let urls = UrlCache::new(store.clone(), config.urls.life, config.urls.cache);
        Ok(Self { store, urls, spool, local_tickets })
    }
}

/// Refuses a bucket that anonymous readers can read: it would give every ticket to everybody.
async fn refuse_public(store: &Store) -> anyhow::Result<()> {
    match tokio::time::timeout(PUBLIC_CHECK_TIMEOUT, store.is_public()).await {
        Ok(Some(true)) => anyhow::bail!(
            "anonymous readers can read the bucket: block public access to it (`onsale storage policy` prints how), or start with \
             storage.allow_public=true"
        ),
        Ok(Some(false)) => {}
        Ok(None) | Err(_) => tracing::warn!("storage does not say if anonymous readers can read the bucket"),
    }
    Ok(())
}
