//! Signing keys of an event.

use std::sync::Arc;

use super::{Caller, Records, Refusal};
use crate::{
    db::{PublicKey, SigningKeySeed},
    domain::{EventSetup, EventStatus, Scope, random_key},
};

/// Lists the event's public keys, with which gates verify codes. A draft is `NotFound`, unless it has sold tickets: their
/// codes are still shown at gates.
pub async fn list(records: &Records, event: &str) -> Result<(Arc<EventSetup>, Vec<PublicKey>), Refusal> {
    let setup = records.event(event).await?;
    let is_draft = setup.event.draft.status == EventStatus::Draft;
    if is_draft && !records.database.has_registrations(setup.event.key).await? {
        return Err(Refusal::NotFound);
    }
    let keys = records.database.public_keys(setup.event.key).await?;
    Ok((setup, keys))
}

/// Gives the event a new signing key, which signs all codes from now on. Earlier codes stay valid; files are made
/// again.
pub async fn rotate(
    records: &Records,
    caller: &Caller,
    event: &str,
) -> Result<(Arc<EventSetup>, Vec<PublicKey>), Refusal> {
    let (by, setup) = records.own_event_uncached(caller, Scope::EventsWrite, event).await?;
    let (new, secret) = (SigningKeySeed(random_key()), records.catalog.secret());
    let rotated = records.database.rotate_key(&setup.event, &new, secret, &by.actor).await;
    let rotated = rotated.map_err(|error| match error.violated_constraint() {
        Some("signing_keys_pkey") => Refusal::conflict("another request added a key at the same time; try again"),
        _ => Refusal::from_write(error),
    })?;
    records.catalog.invalidate(&setup).await;
    if rotated.is_none() {
        return Err(Refusal::conflict("the event has had 255 keys, the largest number that codes can tell apart"));
    }
    let keys = records.database.public_keys(setup.event.key).await;
    Ok((setup, keys.map_err(|error| Refusal::from(error).after_write())?))
}
