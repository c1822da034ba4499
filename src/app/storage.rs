//! Object storage, and files on local disk.

use std::time::Duration;

use anyhow::Context;
use futures_util::future::try_join_all;
use tokio::runtime::Handle;

use crate::{
    config::Config,
    db::Database,
    store::{LocalTickets, Location, Spool, Store, UrlCache},
};

/// Time after which an unanswered check at start is given up.
const CHECK_TIMEOUT: Duration = Duration::from_secs(1);

/// Object storage, and folders of files on local disk.
pub struct Storage {
    pub store: Store,
    pub urls: UrlCache,
    /// Files that wait on disk until storage accepts them. `None` if it is not configured.
    pub spool: Option<Spool>,
    /// PDFs of another program. `None` if no folder is configured.
    pub local_tickets: Option<LocalTickets>,
}

impl Storage {
    /// Opens storage and folders as configured.
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

/// Fails if another installation owns the objects in a place, unless `allow_foreign`: then nothing is removed there.
pub async fn check_owner(store: &Store, database: &Database, allow_foreign: bool) -> anyhow::Result<()> {
    let check = async {
        let places: Vec<_> = store.places().distinct().into_iter().collect();
        let owners =
            try_join_all(places.iter().map(async |place| store.owner(place).await.map_err(anyhow::Error::from)));
        let (own, owners) =
            tokio::try_join!(async { database.installation_id().await.map_err(anyhow::Error::from) }, owners)?;
        let is_foreign = |owner: Option<String>| owner.is_some_and(|owner| owner != own);
        let foreign: Vec<_> = places
            .into_iter()
            .zip(owners)
            .filter_map(|(place, owner)| is_foreign(owner).then(|| place.clone()))
            .collect();
        Ok::<_, anyhow::Error>(foreign)
    };
    match tokio::time::timeout(CHECK_TIMEOUT, check).await {
        Ok(Ok(foreign)) if foreign.is_empty() => {}
        Ok(Ok(foreign)) if allow_foreign => {
            for place in &foreign {
                let Location { bucket, prefix } = place;
                tracing::warn!(bucket, prefix, "another installation owns this place: nothing is removed there");
            }
            store.forbid_removals(foreign);
        }
        Ok(Ok(foreign)) => anyhow::bail!(
            "another installation owns the files in the bucket {}: use a bucket of your own. If this database replaces the other \
             one, `onsale storage adopt` makes it the owner; storage.allow_foreign=true starts it without removing anything",
            foreign[0].bucket
        ),
        Ok(Err(error)) => tracing::warn!(%error, "cannot check which installation owns the bucket"),
        Err(_) => tracing::warn!("cannot check which installation owns the bucket: no answer in time"),
    }
    Ok(())
}

/// Fails if anonymous readers can read the bucket: every ticket would be public.
async fn refuse_public(store: &Store) -> anyhow::Result<()> {
    match tokio::time::timeout(CHECK_TIMEOUT, store.is_public()).await {
        Ok(Some(true)) => anyhow::bail!(
            "anonymous readers can read the bucket: block public access to it (`onsale storage policy` prints how), or start with \
             storage.allow_public=true"
        ),
        Ok(Some(false)) => {}
        Ok(None) | Err(_) => tracing::warn!("cannot check if anonymous readers can read the bucket"),
    }
    Ok(())
}
