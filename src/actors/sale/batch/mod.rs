//! One batch of registrations: allots seats in the order of arrival, writes all rows in one statement, answers every
//! request.

mod entry;
mod used_keys;
mod write;

use std::{
    cell::Cell,
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

pub(super) use self::entry::CommittedEntry;
use self::{
    entry::{BatchEntry, registration_of},
    write::{unread_refusal, unwritten_refusal},
};
use super::{
    seat_request::{SeatRefusal, SeatRequest},
    sold_out::SoldOutParts,
};
use crate::{
    db::{BatchOutcome, BatchRow, Database, DbError, WrittenBatch},
    domain::{Allotment, EventKey, RegistrationRef, RemainingSeats, SeatCount, TicketIds, allot},
    metrics::{BATCH_RETRIES, BATCH_SIZE},
};

/// Settings for writing a batch.
#[derive(Debug, Clone)]
pub struct BatchSettings {
    /// Seconds an unpaid seat is held.
    pub hold_seconds: f64,
    /// Milliseconds to look up the outcome of a transaction in doubt; then the outcome is unknown.
    pub resolve_ms: u64,
}

/// Attempts after which a batch gives up whose seats are always sold by other servers first.
const MAX_ATTEMPTS: u32 = 16;

/// State that a batch passes on to the next batch of the same event.
#[derive(Debug, Default)]
pub(super) struct CarriedState {
    /// Remaining seats; `None` if they must be read.
    remaining: Option<RemainingSeats>,
    /// True if a request was refused because the database confirmed that no seat was left.
    sold_out: bool,
    /// True while clients repeat requests: keys are then looked up before the write, which would fail on a used key.
    repeats: bool,
}

/// A batch with its unanswered entries.
pub(super) struct Batch<'a> {
    database: &'a Database,
    settings: &'a BatchSettings,
    event: EventKey,
    entries: Vec<BatchEntry>,
    carried: CarriedState,
    /// Set to true once the outcome of the transaction is in doubt.
    in_doubt: &'a Cell<bool>,
}

impl CarriedState {
    /// Returns the sold-out parts of the event; `None` if the batch refused no request for that reason.
    pub fn sold_out_parts(&self) -> Option<SoldOutParts> {
        let remaining = self.remaining.as_ref().filter(|_| self.sold_out)?;
        let is_sold_out = |left: &SeatCount| left.is_some_and(|left| left <= 0);
        let types: Vec<_> =
            remaining.types.iter().filter(|(_, left)| is_sold_out(left)).map(|(number, _)| *number).collect();
        Some(SoldOutParts { whole: is_sold_out(&remaining.event) || types.len() == remaining.types.len(), types })
    }
}

impl<'a> Batch<'a> {
    /// Creates a batch from requests. Requests whose clients have disconnected are dropped, those past their deadline
    /// refused.
    pub fn new(
        database: &'a Database,
        settings: &'a BatchSettings,
        event: EventKey,
        requests: Vec<SeatRequest>,
        carried: CarriedState,
        in_doubt: &'a Cell<bool>,
    ) -> Self {
        let (now, ids) = (Instant::now(), TicketIds::random());
        let mut entries: Vec<BatchEntry> = Vec::with_capacity(requests.len());
        let mut by_key = HashMap::new();
        for request in requests {
            if request.reply.is_closed() {
                continue;
            }
            if request.deadline <= now {
                request.answer(Err(SeatRefusal::Unavailable));
                continue;
            }
            if let Some(key) = &request.key {
                match by_key.get(key) {
                    Some(index) => {
                        let entry: &mut BatchEntry = &mut entries[*index];
                        entry.duplicates.push(request);
                        continue;
                    }
                    None => drop(by_key.insert(key.clone(), entries.len())),
                }
            }
            let tickets = request.registration.attendees.iter().map(|_| ids.next_id()).collect();
            let row = BatchRow { request: request.registration.clone(), key: request.key.clone(), tickets };
            entries.push(BatchEntry { request, row, duplicates: Vec::new() });
        }
        Self { database, settings, event, entries, carried: CarriedState { sold_out: false, ..carried }, in_doubt }
    }

    /// Writes the requests that get seats, and answers all others. Returns the state for the next batch, and the
    /// committed entries, which are not answered yet.
    pub async fn run(mut self) -> (CarriedState, Vec<CommittedEntry>) {
        let mut committed = Vec::new();
        for _ in 0..MAX_ATTEMPTS {
            if self.entries.is_empty() {
                return (self.carried, committed);
            }
            match self.attempt().await {
                Ok(entries) => committed.extend(entries),
                Err(refusal) => {
                    self.carried.remaining = None;
                    self.answer_all(refusal);
                }
            }
        }
        self.answer_all(SeatRefusal::Unavailable);
        (CarriedState::default(), committed)
    }

    /// Makes one attempt: refuses the entries without seats and writes the others. Entries left afterwards need another
    /// attempt.
    async fn attempt(&mut self) -> Result<Vec<CommittedEntry>, SeatRefusal> {
        if self.carried.repeats {
            self.answer_used_keys().await.map_err(|error| unread_refusal(&error))?;
        }
        let granted = self.allot_seats().await.map_err(|error| unread_refusal(&error))?;
        if granted.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<_> = granted.iter().map(|entry| entry.row.clone()).collect();
        metrics::histogram!(BATCH_SIZE).record(rows.len() as f64);
        let unanswered = std::mem::replace(&mut self.entries, granted);
        debug_assert!(unanswered.is_empty(), "allot_seats() returns or answers every entry");
        match self.write(&rows).await {
            Ok(BatchOutcome::Written(written)) => Ok(self.take_committed(&written)),
            Ok(BatchOutcome::NotOnSale(reason)) => {
                // A client that already has a seat gets its answer again, even after the sale.
                self.answer_used_keys().await.map_err(|error| unread_refusal(&error))?;
                self.answer_all(SeatRefusal::NotOnSale(reason));
                Ok(Vec::new())
            }
            Err(error) if error.is_repeated_key() => {
                metrics::counter!(BATCH_RETRIES, "reason" => "repeated").increment(1);
                self.carried.repeats = true;
                Ok(Vec::new())
            }
            // Another server sold the seats after they were counted: count again.
            Err(error) if error.violated_constraint().is_some() || error.is_conflict() => {
                metrics::counter!(BATCH_RETRIES, "reason" => "contended").increment(1);
                self.carried.remaining = None;
                Ok(Vec::new())
            }
            Err(error) => Err(unwritten_refusal(&error)),
        }
    }

    /// Returns the entries that get seats, and answers the others. Before any is refused, the counters are read again.
    async fn allot_seats(&mut self) -> Result<Vec<BatchEntry>, DbError> {
        let is_cached = self.carried.remaining.is_some();
        let mut allotments = self.allot().await?;
        if is_cached && allotments.contains(&Allotment::SoldOut) {
            self.carried.remaining = None;
            allotments = self.allot().await?;
        }
        // A repeated request whose key already has a seat gets its answer again and needs no further seat: remove it
        // before others are refused.
        if allotments.contains(&Allotment::SoldOut) && self.answer_used_keys().await? {
            return Ok(Vec::new());
        }
        let (granted, refused): (Vec<_>, Vec<_>) = std::mem::take(&mut self.entries)
            .into_iter()
            .zip(allotments)
            .partition(|(_, allotment)| *allotment == Allotment::Granted);
        for (entry, _) in refused {
            let left = self.carried.remaining.as_ref().and_then(|left| left.of(entry.row.request.type_number));
            self.carried.sold_out |= left == Some(0);
            entry.answer(|_| Err(SeatRefusal::SoldOut));
        }
        Ok(granted.into_iter().map(|(entry, _)| entry).collect())
    }

    async fn allot(&mut self) -> Result<Vec<Allotment>, DbError> {
        let remaining = match self.carried.remaining.take() {
            Some(remaining) => remaining,
            None => match self.database.remaining_seats(&[self.event]).await?.remove(&self.event) {
                Some(remaining) => remaining,
                None => return Err(DbError::Unexpected { doing: "counting seats", what: "absence" }),
            },
        };
        let requests = self.entries.iter().map(|entry| (entry.row.request.type_number, entry.row.request.seats()));
        let allotments = allot(remaining.clone(), requests);
        self.carried.remaining = Some(remaining);
        Ok(allotments)
    }

    /// Takes all entries as committed, with the registrations that their rows became.
    fn take_committed(&mut self, written: &WrittenBatch) -> Vec<CommittedEntry> {
        let entries = std::mem::take(&mut self.entries);
        let taken = entries.iter().map(|entry| (entry.row.request.type_number, entry.row.request.seats()));
        self.carried.remaining = self.carried.remaining.take().map(|remaining| remaining.without(taken));
        let hold = Duration::try_from_secs_f64(self.settings.hold_seconds).unwrap_or_default();
        entries
            .into_iter()
            .zip(written.first_number..)
            .map(|(entry, number)| {
                let reference = RegistrationRef { event: self.event, number };
                let registration = Arc::new(registration_of(&entry.row, reference, written.created_at, hold));
                CommittedEntry { entry, registration }
            })
            .collect()
    }

    fn answer_all(&mut self, refusal: SeatRefusal) {
        for entry in std::mem::take(&mut self.entries) {
            entry.answer(|_| Err(refusal));
        }
    }
}
