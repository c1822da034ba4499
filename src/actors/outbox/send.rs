//! Sends one message: its turn, its copy in the archive, the mail server.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use lettre::Address;

use super::{
    compose::Ready,
    health::ServerHealth,
    held::Held,
    outcome::{outcome, refused, released},
    pace::Pace,
};
use crate::{
    db::{Database, MessageOutcome},
    domain::MessageState,
    metrics::{MAIL_COPIES_LOST, MAIL_SEND_SECONDS, Timer},
    outside::{SendFault, Smtp},
    store::{Metadata, NewObject, Store, written_by_us},
};

/// Takes messages to the mail server.
pub struct Courier {
    pub database: Database,
    pub smtp: Smtp,
    pub store: Store,
    pub pace: Arc<Pace>,
    pub health: Arc<ServerHealth>,
    pub max_copies: i64,
}

impl Courier {
    /// Sends a message. Returns it with its outcome.
    pub async fn deliver(&self, ready: Ready) -> (Held, MessageOutcome) {
        let Ready { held, from, to, message, copy, turn } = ready;
        if self.health.is_away() && self.health.allowed(1) == 0 {
            let outcome = released(&held.claim, "the mail server is away", AWAY_PAUSE);
            return (held, outcome);
        }
        tokio::time::sleep_until(turn.into()).await;
        let recipient = held.recipient();
        // The copy comes first: the record of a sent message then waits for nothing.
        let (key, unstored) = self.archive(copy).await;
        if !held.may_begin() {
            // Another server may be sending it: the lease was not renewed in time.
            let outcome = released(&held.claim, "its turn came too late", AWAY_PAUSE);
            return (held, outcome);
        }
        let timer = Timer::start(MAIL_SEND_SECONDS);
        let sent = self.smtp.send(from, to.clone(), &message).await;
        drop(timer);
        let result = self.outcome(&held, &to, sent);
        let kept = match unstored {
            Some((key, copy)) if result.state == MessageState::Sent => self.keep_copy(&held, key, &copy).await,
            _ => None,
        };
        let bytes = i32::try_from(message.len()).ok();
        let storage_key = key.or(kept);
        (held, MessageOutcome { recipient, storage_key, bytes, ..result })
    }

    fn outcome(&self, held: &Held, to: &Address, sent: Result<String, SendFault>) -> MessageOutcome {
        let fault = match sent {
            Ok(reply) => {
                self.health.answered();
                self.pace.accepted(to.domain());
                return outcome(&held.claim, MessageState::Sent, reply);
            }
            Err(fault) => fault,
        };
        let pause = match &fault {
            SendFault::Server { reply } | SendFault::Unknown { reply } => self.health.failed(reply),
            SendFault::Temporary { reply } => {
                self.health.answered();
                // A full mailbox says nothing about others at its host.
                match reply.contains(" 4.2.") {
                    true => Duration::ZERO,
                    false => self.pace.refused(to.domain(), Instant::now()),
                }
            }
            SendFault::Permanent { .. } | SendFault::Unsupported => {
                self.health.answered();
                Duration::ZERO
            }
            SendFault::Closed => Duration::ZERO,
        };
        refused(&held.claim, &fault, pause)
    }

    /// Puts a copy in storage. Returns its key, or the copy if storage does not take it.
    async fn archive(&self, copy: Option<(String, Vec<u8>)>) -> (Option<String>, Option<(String, Vec<u8>)>) {
        let Some((key, bytes)) = copy else { return (None, None) };
        if self.store.limiter().is_unavailable() {
            return (None, Some((key, bytes)));
        }
        let bytes = Bytes::from(bytes);
        match self.store.put(object(&key, bytes.clone())).await {
            Ok(_) => (Some(key), None),
            Err(error) => {
                tracing::warn!(%error, "storage does not take the copy of a message; it waits in the database");
                (None, Some((key, bytes.into())))
            }
        }
    }

    /// Keeps a copy in the database. Returns its key, unless it is lost.
    async fn keep_copy(&self, held: &Held, key: String, copy: &[u8]) -> Option<String> {
        match self.database.keep_copy(held.claim.id, &key, copy, self.max_copies).await {
            Ok(true) => return Some(key),
            Ok(false) => tracing::debug!("too many copies wait for storage: another one is not kept"),
            Err(error) => tracing::error!(%error, "the copy of a message is lost"),
        }
        metrics::counter!(MAIL_COPIES_LOST).increment(1);
        None
    }
}

/// Pause of a message that was claimed before the mail server went away.
const AWAY_PAUSE: Duration = Duration::from_secs(1);

pub(super) fn object(key: &str, bytes: Bytes) -> NewObject {
    let metadata = Metadata::from([written_by_us("")]);
    NewObject { key: key.to_owned(), bytes, content_type: "message/rfc822", metadata, replace: true }
}
