//! Records outcomes, as many as have gathered while the statement before ran: between the mail server's acceptance and
//! its record lie some milliseconds.

use std::time::Duration;

use tokio::sync::mpsc;

use super::held::Held;
use crate::{
    db::{Database, MessageOutcome},
    domain::MessageState,
    metrics::{MAIL_BOUNCED, MAIL_DEFERRED, MAIL_FIRST_TRY_SECONDS, MAIL_NOT_SENT, MAIL_SENT},
    store::full_jitter,
};

/// The outcome of a message in hand.
pub struct Recorded {
    pub held: Held,
    pub outcome: MessageOutcome,
}

/// Refusals of the same outcomes by the database after which they are recorded one by one.
const MAX_REFUSALS: u32 = 3;
/// Outcomes in one statement.
const MAX_BATCH: usize = 500;
/// Longest pause before a statement that failed is repeated.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Records outcomes until the last sender is dropped.
pub async fn run(database: Database, mut outcomes: mpsc::UnboundedReceiver<Recorded>) {
    let mut batch = Vec::new();
    while outcomes.recv_many(&mut batch, MAX_BATCH).await > 0 {
        // Always in the same order, so that two statements do not deadlock.
        batch.sort_by_key(|recorded| recorded.outcome.id);
        let of = |Recorded { held, outcome }: &Recorded| MessageOutcome { lease: held.lease(), ..outcome.clone() };
        let list: Vec<_> = batch.iter().map(of).collect();
        let recorded = write(&database, &list).await;
        let too_late = list.len() as i64 - recorded;
        if too_late > 0 {
            tracing::warn!(
                too_late,
                "leases of messages had ended before their outcomes; these messages may arrive twice"
            );
        }
        batch.drain(..).for_each(|recorded| count(&recorded));
    }
}

/// Records outcomes. One that is not recorded is a message that is sent twice: they are kept as long as it takes, unless the
/// database refuses one for ever. Returns the number of those whose lease was still held.
async fn write(database: &Database, outcomes: &[MessageOutcome]) -> i64 {
    let mut tries = 0;
    loop {
        match database.finish_messages(outcomes).await {
            Ok(recorded) => return recorded,
            Err(error) if !error.is_transient() && !error.outcome_unknown() && tries >= MAX_REFUSALS => {
                let [outcome] = outcomes else { break };
                tracing::error!(%error, message = %outcome.id, "the outcome of a message was refused; it may be sent again");
                return 0;
            }
            Err(error) => {
                tries += 1;
                let messages = outcomes.len();
                tracing::error!(%error, messages, tries, "outcomes of messages were not recorded; they are kept and tried again");
                tokio::time::sleep(full_jitter(tries, Duration::from_millis(50), LONGEST_PAUSE)).await;
            }
        }
    }
    // One by one, so that the refused one does not keep the others.
    let mut recorded = 0;
    for outcome in outcomes {
        recorded += Box::pin(write(database, std::slice::from_ref(outcome))).await;
    }
    recorded
}

fn count(Recorded { held, outcome }: &Recorded) {
    let claim = &held.claim;
    match outcome.state {
        MessageState::Sent => {
            metrics::counter!(MAIL_SENT, "kind" => claim.kind.name()).increment(1);
            if claim.failures == 0 {
                let waited = claim.tried_at.duration_since(claim.created_at).as_secs_f64();
                metrics::histogram!(MAIL_FIRST_TRY_SECONDS).record(waited.max(0.0));
            }
        }
        MessageState::Queued if outcome.failed => metrics::counter!(MAIL_DEFERRED).increment(1),
        MessageState::Bounced => {
            let class = if outcome.ends_address { "address" } else { "message" };
            metrics::counter!(MAIL_BOUNCED, "class" => class).increment(1);
        }
        MessageState::Failed => metrics::counter!(MAIL_NOT_SENT, "reason" => "failed").increment(1),
        MessageState::Suppressed => metrics::counter!(MAIL_NOT_SENT, "reason" => "suppressed").increment(1),
        _ => {}
    }
}
