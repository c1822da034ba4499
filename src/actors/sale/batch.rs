//! What the registrar does with a batch: seats first come first served, keys honoured, one statement, an answer for each.

use std::{
    cell::Cell,
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use super::{
    ask::{Ask, Refusal, Registered},
    entry::{Entry, Seated, registration_of},
    sold_out::Exhausted,
};
use crate::{
    db::{BatchOutcome, BatchRow, Database, DbError, UsedKey, WrittenBatch},
    domain::{EventKey, RegistrationRef, RemainingSeats, SeatCount, TicketIds, Verdict, allot},
    metrics::{BATCH_RETRIES, BATCH_SECONDS, BATCH_SIZE, Timer},
};

/// How a batch is written.
#[derive(Debug, Clone)]
pub struct BatchSettings {
    /// How long an unpaid seat is held.
    pub hold_seconds: f64,
    /// How long the outcome of a transaction is looked for before it is called unknown.
    pub resolve_ms: u64,
}

/// Between two looks at a database that does not say what became of a batch.
const IN_DOUBT_PAUSE: Duration = Duration::from_millis(100);
/// Tries after which a batch that keeps losing its seats to other replicas gives up.
const MAX_TRIES: u32 = 16;

/// What one batch of an event learns for the next.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What is left, if that is known.
    remaining: Option<RemainingSeats>,
    /// Somebody was refused, and the database had said that there was nothing left.
    sold_out: bool,
    /// Requests are being repeated: keys are looked up before the statement trips over them.
    repeats: bool,
}

/// A batch on its way: those not answered yet.
pub(super) struct Batch<'a> {
    pub database: &'a Database,
    pub settings: &'a BatchSettings,
    pub event: EventKey,
    entries: Vec<Entry>,
    known: Known,
    in_doubt: &'a Cell<bool>,
}

impl Known {
    /// What there is nothing left of, if the batch met with that.
    pub fn exhausted(&self) -> Option<Exhausted> {
        let remaining = self.remaining.as_ref().filter(|_| self.sold_out)?;
        let none = |left: &SeatCount| left.is_some_and(|left| left <= 0);
        let types: Vec<_> = remaining.types.iter().filter(|(_, left)| none(left)).map(|(number, _)| *number).collect();
        Some(Exhausted { whole: none(&remaining.event) || types.len() == remaining.types.len(), types })
    }
}

impl<'a> Batch<'a> {
    /// Gathers asks; those nobody waits for any more are let go.
    pub fn new(
        database: &'a Database,
        settings: &'a BatchSettings,
        event: EventKey,
        asks: Vec<Ask>,
        known: Known,
        in_doubt: &'a Cell<bool>,
    ) -> Self {
        let (now, ids) = (Instant::now(), TicketIds::random());
        let mut entries: Vec<Entry> = Vec::with_capacity(asks.len());
        let mut by_key = HashMap::new();
        for ask in asks {
            if ask.reply.is_closed() {
                continue;
            }
            if ask.deadline <= now {
                ask.answer(Err(Refusal::Unavailable));
                continue;
            }
            if let Some(key) = &ask.key {
                match by_key.get(key) {
                    Some(leader) => {
                        let leader: &mut Entry = &mut entries[*leader];
                        leader.twins.push(ask);
                        continue;
                    }
                    None => drop(by_key.insert(key.clone(), entries.len())),
                }
            }
            let tickets = ask.request.attendees.iter().map(|_| ids.next_id()).collect();
            let row = BatchRow { request: ask.request.clone(), key: ask.key.clone(), tickets };
            entries.push(Entry { ask, row, twins: Vec::new() });
        }
        Self { database, settings, event, entries, known: Known { sold_out: false, ..known }, in_doubt }
    }

    /// Writes whom there are seats for, and answers all others. Returns what is known afterwards, and whoever has a seat now
    /// and is still to be told.
    pub async fn run(mut self) -> (Known, Vec<Seated>) {
        let mut registered = Vec::new();
        for _ in 0..MAX_TRIES {
            if self.entries.is_empty() {
                return (self.known, registered);
            }
            match self.attempt().await {
                Ok(written) => registered.extend(written),
                Err(refusal) => {
                    self.known.remaining = None;
                    self.answer_all(refusal);
                }
            }
        }
        self.answer_all(Refusal::Unavailable);
        (Known::default(), registered)
    }

    /// One try: refuses whom there is no seat for, and writes the others.
    async fn attempt(&mut self) -> Result<Vec<Seated>, Refusal> {
        if self.known.repeats {
            self.answer_repeats().await.map_err(|error| not_read(&error))?;
        }
        let seated = self.seat().await.map_err(|error| not_read(&error))?;
        if seated.is_empty() {
            return Ok(Vec::new());
        }
        let rows: Vec<_> = seated.iter().map(|entry| entry.row.clone()).collect();
        metrics::histogram!(BATCH_SIZE).record(rows.len() as f64);
        let waiting = std::mem::replace(&mut self.entries, seated);
        debug_assert!(waiting.is_empty(), "seat() leaves nobody behind");
        match self.write(&rows).await {
            Ok(BatchOutcome::Written(written)) => Ok(self.seated(&written)),
            Ok(BatchOutcome::NotOnSale(why)) => {
                // Whoever has a seat already is told so, also when the sale is over.
                self.answer_repeats().await.map_err(|error| not_read(&error))?;
                self.answer_all(Refusal::NotOnSale(why));
                Ok(Vec::new())
            }
            Err(error) if error.is_repeated_key() => {
                metrics::counter!(BATCH_RETRIES, "reason" => "repeated").increment(1);
                self.known.repeats = true;
                Ok(Vec::new())
            }
            // The seats went to somebody else between our look and our statement: look again.
            Err(error) if error.violated_constraint().is_some() || error.is_conflict() => {
                metrics::counter!(BATCH_RETRIES, "reason" => "contended").increment(1);
                self.known.remaining = None;
                Ok(Vec::new())
            }
            Err(error) => Err(not_written(&error)),
        }
    }

    /// Splits the entries: those with seats are returned, the others are answered. Refuses nobody from memory alone.
    async fn seat(&mut self) -> Result<Vec<Entry>, DbError> {
        let from_memory = self.known.remaining.is_some();
        let mut verdicts = self.allot().await?;
        if from_memory && verdicts.contains(&Verdict::SoldOut) {
            self.known.remaining = None;
            verdicts = self.allot().await?;
        }
        // Whoever has a seat already keeps it, however sold out the event is; and asks for none again, so that it must not
        // push others out.
        if verdicts.contains(&Verdict::SoldOut) && self.answer_repeats().await? {
            return Ok(Vec::new());
        }
        let (seated, refused): (Vec<_>, Vec<_>) = std::mem::take(&mut self.entries)
            .into_iter()
            .zip(verdicts)
            .partition(|(_, verdict)| *verdict == Verdict::Seated);
        for (entry, _) in refused {
            let left = self.known.remaining.as_ref().and_then(|left| left.of(entry.row.request.type_number));
            self.known.sold_out |= left == Some(0);
            entry.answer(|_| Err(Refusal::SoldOut));
        }
        Ok(seated.into_iter().map(|(entry, _)| entry).collect())
    }

    async fn allot(&mut self) -> Result<Vec<Verdict>, DbError> {
        let remaining = match self.known.remaining.take() {
            Some(remaining) => remaining,
            None => match self.database.remaining_seats(&[self.event]).await?.remove(&self.event) {
                Some(remaining) => remaining,
                None => return Err(DbError::Unexpected { doing: "counting seats", what: "absence" }),
            },
        };
        let asks = self.entries.iter().map(|entry| (entry.row.request.type_number, entry.row.request.seats()));
        let verdicts = allot(remaining.clone(), asks);
        self.known.remaining = Some(remaining);
        Ok(verdicts)
    }

    /// Writes the rows. When the outcome is in doubt, finds out: the tickets' random ids are there, or they are not.
    async fn write(&mut self, rows: &[BatchRow]) -> Result<BatchOutcome, DbError> {
        let give_up_at = Instant::now() + Duration::from_millis(self.settings.resolve_ms);
        let mut in_doubt = false;
        let deadline = self.entries.iter().map(|entry| entry.ask.deadline).max().unwrap_or(give_up_at);
        loop {
            let timer = Timer::start(BATCH_SECONDS);
            let deadline = if in_doubt { give_up_at } else { deadline };
            let outcome = self.database.register_batch(self.event, rows, self.settings.hold_seconds, deadline).await;
            drop(timer);
            in_doubt |= matches!(&outcome, Err(error) if error.outcome_unknown());
            if !in_doubt || matches!(outcome, Ok(BatchOutcome::Written(_))) {
                return outcome;
            }
            self.in_doubt.set(true);
            metrics::counter!(BATCH_RETRIES, "reason" => "in_doubt").increment(1);
            match self.find_written(rows, give_up_at).await {
                Ok(Some(written)) => return Ok(BatchOutcome::Written(written)),
                // Refused for its seats or keys: it is looked at anew, and may safely be sent again.
                Ok(None) if matches!(&outcome, Err(error) if error.violated_constraint().is_some()) => return outcome,
                Ok(None) | Err(_) if Instant::now() < give_up_at => tokio::time::sleep(IN_DOUBT_PAUSE).await,
                Ok(None) | Err(_) => return Err(DbError::Silent { doing: "finding out what became of a batch" }),
            }
        }
    }

    /// Looks behind the event's lock: a statement of ours that was still on its way is over by then.
    async fn find_written(&self, rows: &[BatchRow], deadline: Instant) -> Result<Option<WrittenBatch>, DbError> {
        let first_tickets: Vec<_> = rows.iter().map(|row| row.tickets[0]).collect();
        let found = self.database.find_batch(self.event, &first_tickets, deadline).await?;
        Ok(found
            .iter()
            .find(|row| row.first_ticket == first_tickets[0])
            .map(|row| WrittenBatch { first_number: row.number, created_at: row.created_at }))
    }

    fn seated(&mut self, written: &WrittenBatch) -> Vec<Seated> {
        let entries = std::mem::take(&mut self.entries);
        let taken = entries.iter().map(|entry| (entry.row.request.type_number, entry.row.request.seats()));
        self.known.remaining = self.known.remaining.take().map(|remaining| remaining.without(taken));
        let hold = Duration::try_from_secs_f64(self.settings.hold_seconds).unwrap_or_default();
        entries
            .into_iter()
            .zip(written.first_number..)
            .map(|(entry, number)| {
                let reference = RegistrationRef { event: self.event, number };
                let registration = Arc::new(registration_of(&entry.row, reference, written.created_at, hold));
                Seated { entry, registration }
            })
            .collect()
    }

    /// Looks the keys up and answers those who used them before. Returns whether there was anybody.
    async fn answer_repeats(&mut self) -> Result<bool, DbError> {
        let keys: Vec<_> = self.entries.iter().filter_map(|entry| entry.row.key.as_ref()?.as_str().into()).collect();
        let known = match keys.is_empty() {
            true => Vec::new(),
            false => self.database.used_keys(self.event, &keys).await?,
        };
        self.known.repeats = !known.is_empty();
        if self.known.repeats {
            self.answer_known(known).await?;
        }
        Ok(self.known.repeats)
    }

    /// Answers those whose keys were used before; the others stay.
    async fn answer_known(&mut self, known: Vec<UsedKey>) -> Result<(), DbError> {
        let numbers: Vec<_> = known.iter().map(|known| known.number).collect();
        let mut earlier: HashMap<_, _> = self
            .database
            .registrations(self.event, &numbers)
            .await?
            .into_iter()
            .map(|registration| (registration.reference.number, Arc::new(registration.as_created())))
            .collect();
        let by_key: HashMap<_, _> = known.iter().map(|known| (known.key.as_str(), known)).collect();
        for entry in std::mem::take(&mut self.entries) {
            let known = entry.row.key.as_ref().and_then(|key| by_key.get(key.as_str()));
            let Some(known) = known else {
                self.entries.push(entry);
                continue;
            };
            let registration = earlier.get_mut(&known.number).map(|registration| registration.clone());
            for ask in std::iter::once(entry.ask).chain(entry.twins) {
                let result = match &registration {
                    _ if ask.request.body_hash != *known.body_hash => Err(Refusal::KeyReused),
                    Some(registration) => Ok(Registered { registration: registration.clone(), replayed: true }),
                    None => Err(Refusal::Failed),
                };
                ask.answer(result);
            }
        }
        Ok(())
    }

    fn answer_all(&mut self, refusal: Refusal) {
        for entry in std::mem::take(&mut self.entries) {
            entry.answer(|_| Err(refusal));
        }
    }
}

/// What those are told for whom nothing was written, because something could not be read.
fn not_read(error: &DbError) -> Refusal {
    tracing::error!(%error, "a batch was not written");
    if error.is_transient() { Refusal::Unavailable } else { Refusal::Failed }
}

/// What those are told whose rows were sent, and who knows what became of them.
fn not_written(error: &DbError) -> Refusal {
    if !error.outcome_unknown() {
        return not_read(error);
    }
    tracing::error!(%error, "it is not known whether a batch was written");
    Refusal::Unknown
}
