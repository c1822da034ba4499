//! Memory for pages that are the same for everybody. `pages` writes them.

use std::{sync::Arc, time::Duration};

use actix_web::{http::header::HeaderValue, web::Bytes};
use moka::{
    future::{Cache, CacheBuilder},
    policy::EvictionPolicy,
};
use sha2::{Digest, Sha256};

/// Time that a list is shown without a look at the database.
const LIST_LIFETIME: Duration = Duration::from_secs(2);
/// A page that nobody has asked for is forgotten after this time.
const IDLE: Duration = Duration::from_secs(600);

/// Pages in memory.
pub struct KeptPages {
    /// By everything that they show.
    pub by_content: Cache<String, Arc<KeptPage>>,
    /// By their address; they are written anew after `LIST_LIFETIME`.
    pub by_address: Cache<String, Arc<KeptPage>>,
}

/// A page as it is sent.
pub struct KeptPage {
    pub html: Bytes,
    pub gzip: Bytes,
    /// Entity tag.
    pub tag: HeaderValue,
}

impl KeptPages {
    /// Creates room for pages of `bytes` in all.
    pub fn new(bytes: u64) -> Self {
        let room = || -> CacheBuilder<String, Arc<KeptPage>, Cache<String, Arc<KeptPage>>> {
            Cache::builder()
                .max_capacity(bytes / 2)
                .eviction_policy(EvictionPolicy::lru())
                .weigher(|key: &String, page: &Arc<KeptPage>| page.weight(key))
        };
        Self { by_content: room().time_to_idle(IDLE).build(), by_address: room().time_to_live(LIST_LIFETIME).build() }
    }
}

impl KeptPage {
    /// Compresses a page.
    pub fn new(html: String) -> Self {
        let hash = Sha256::digest(html.as_bytes());
        let tag: String = hash[..12].iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            gzip: onsale_assets::gzip(html.as_bytes()).into(),
            html: html.into(),
            tag: HeaderValue::try_from(format!("W/\"{tag}\"")).expect("hexadecimal digits in quotes"),
        }
    }

    fn weight(&self, key: &str) -> u32 {
        u32::try_from(key.len() + self.html.len() + self.gzip.len() + 200).unwrap_or(u32::MAX)
    }
}
