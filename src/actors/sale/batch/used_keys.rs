//! Repeated requests: entries whose idempotency keys belong to earlier registrations get the answer of the first
//! request.

use std::{collections::HashMap, sync::Arc};

use super::Batch;
use crate::{
    actors::{Registered, SeatRefusal},
    db::{DbError, UsedKey},
};

impl Batch<'_> {
    /// Looks all keys up and answers the entries whose keys are used. Returns true if there are any.
    pub(super) async fn answer_used_keys(&mut self) -> Result<bool, DbError> {
        let keys: Vec<_> = self.entries.iter().filter_map(|entry| entry.row.key.as_ref()?.as_str().into()).collect();
        let used = match keys.is_empty() {
            true => Vec::new(),
            false => self.database.used_keys(self.event, &keys).await?,
        };
        self.carried.repeats = !used.is_empty();
        if self.carried.repeats {
            self.answer_entries(used).await?;
        }
        Ok(self.carried.repeats)
    }

    /// Answers the entries whose keys are used; the others stay in the batch.
    async fn answer_entries(&mut self, used: Vec<UsedKey>) -> Result<(), DbError> {
        let numbers: Vec<_> = used.iter().map(|used| used.number).collect();
        let mut earlier: HashMap<_, _> = self
            .database
            .registrations_without_answers(self.event, &numbers)
            .await?
            .into_iter()
            .map(|registration| (registration.reference.number, Arc::new(registration.as_created())))
            .collect();
        let by_key: HashMap<_, _> = used.iter().map(|used| (used.key.as_str(), used)).collect();
        for entry in std::mem::take(&mut self.entries) {
            let used = entry.row.key.as_ref().and_then(|key| by_key.get(key.as_str()));
            let Some(used) = used else {
                self.entries.push(entry);
                continue;
            };
            let registration = earlier.get_mut(&used.number).map(|registration| registration.clone());
            for request in std::iter::once(entry.request).chain(entry.duplicates) {
                let result = match &registration {
                    _ if request.registration.body_hash != *used.body_hash => Err(SeatRefusal::KeyReused),
                    Some(registration) => Ok(Registered { registration: registration.clone(), replayed: true }),
                    None => Err(SeatRefusal::Failed),
                };
                request.answer(result);
            }
        }
        Ok(())
    }
}
