//! Forms that create something carry a key: a form that is sent twice creates one thing, and leads to the same page.

use std::{sync::LazyLock, time::Duration};

use moka::future::Cache;
use uuid::Uuid;

use crate::http::server::ApiError;

/// Time in which a form can be sent again.
const KEPT: Duration = Duration::from_secs(600);
const CAPACITY: u64 = 10_000;

/// Where the forms led that were sent, by key.
static SENT: LazyLock<Cache<String, String>> =
    LazyLock::new(|| Cache::builder().max_capacity(CAPACITY).time_to_live(KEPT).build());

/// Returns a key for a form.
pub fn new_key() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Runs what a form asks for, unless the same form was sent before: then it waits for that one, and leads to where it
/// led. A refused form may be sent again.
pub async fn once(key: &str, work: impl Future<Output = Result<String, ApiError>>) -> Result<String, ApiError> {
    if Uuid::try_parse(key).is_err() {
        return work.await;
    }
    let mut refused = None;
    let outcome = SENT
        .try_get_with(key.to_owned(), async {
            work.await.map_err(|error| {
                refused = Some(error);
                "refused"
            })
        })
        .await;
    match outcome {
        Ok(path) => Ok(path),
        // The same form, sent at the same time, was refused.
        Err(_) => Err(refused.unwrap_or_else(|| crate::work::Refusal::Unavailable.into())),
    }
}
