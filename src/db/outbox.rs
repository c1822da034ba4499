//! The outbox: messages that are promised, claimed under a lease, sent, and recorded.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{Database, DbError};
use crate::domain::{EventKey, MessageKind, MessageState, OrganizerKey, RegistrationRef, normal_address};

/// A message taken to be sent. No other server sends it until the lease ends.
#[derive(Debug, Clone)]
pub struct ClaimedMessage {
    pub id: Uuid,
    /// Token of the lease.
    pub lease: i32,
    pub organizer: Option<OrganizerKey>,
    pub registration: Option<RegistrationRef>,
    pub kind: MessageKind,
    /// `None`: the contact of the registration.
    pub recipient: Option<String>,
    /// Facts besides the registration, such as what has changed.
    pub detail: Option<Value>,
    /// The announcement that it belongs to.
    pub job: Option<Uuid>,
    /// Temporary refusals so far.
    pub failures: i16,
    pub created_at: Timestamp,
    /// First attempt.
    pub tried_at: Timestamp,
    /// First temporary refusal.
    pub failing_since: Option<Timestamp>,
    /// End of the lease, unless it is renewed.
    pub until: Instant,
}

/// The result of an attempt to send a message.
#[derive(Debug, Clone)]
pub struct MessageOutcome {
    pub id: Uuid,
    pub lease: i32,
    pub state: MessageState,
    /// Words of the mail server, or the reason why the message was not sent.
    pub reply: String,
    /// Seconds until a queued message is due again.
    pub retry_seconds: f64,
    /// True if the attempt counts as a failure of this message.
    pub failed: bool,
    pub recipient: Option<String>,
    /// Key of the copy in the archive.
    pub storage_key: Option<String>,
    pub bytes: Option<i32>,
    /// True if nothing more should be sent to the address.
    pub ends_address: bool,
}

/// Number and age of the messages that wait.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct MailBacklog {
    /// Counted up to 100,000, together with those that are only promised.
    pub queued: i64,
    pub oldest_seconds: f64,
    /// Copies that wait for storage.
    pub copies: i64,
}

/// A copy that waits for storage.
#[derive(Debug)]
pub struct MessageCopy {
    pub id: Uuid,
    pub key: String,
    pub bytes: Vec<u8>,
}

/// A copy in storage that is older than it is kept.
#[derive(Debug)]
pub struct ExpiredMail {
    pub id: Uuid,
    pub key: String,
    pub created_at: Timestamp,
    pub bytes: i32,
}

/// Suppressed addresses, with the reasons.
pub type Suppressed = HashMap<(OrganizerKey, String), Vec<String>>;

impl Database {
    /// Inserts the first messages of at most `limit` registrations of an event. Returns the number of registrations read.
    pub async fn promise_messages(&self, limit: i32) -> Result<i64, DbError> {
        let row = self.row("promising messages", include_str!("queries/messages/promise.sql"), &[&limit]).await?;
        Ok(row.map_or(0, |row| row.get("registrations")))
    }

    /// Queues messages about changes of events that are `seconds` old, for at most `limit` registrations. Returns true if
    /// there are more.
    pub async fn notify_registrants(&self, seconds: f64, limit: i32) -> Result<bool, DbError> {
        let sql = include_str!("queries/messages/notify.sql");
        let row = self.row("queueing messages about a change", sql, &[&seconds, &limit]).await?;
        Ok(row.is_some_and(|row| row.get::<_, i32>("registrations") > 0))
    }

    /// Counts due messages that follow from registrations, up to `most`.
    pub async fn due_messages(&self, most: i64) -> Result<i64, DbError> {
        let row = self.row("counting messages", include_str!("queries/messages/due.sql"), &[&most]).await?;
        Ok(row.map_or(0, |row| row.get("messages")))
    }

    /// Claims at most `limit` due messages.
    pub async fn claim_messages(&self, limit: i64, lease_seconds: f64) -> Result<Vec<ClaimedMessage>, DbError> {
        let until = Instant::now() + Duration::from_secs_f64(lease_seconds);
        let sql = include_str!("queries/messages/claim.sql");
        let rows = self.rows("claiming messages", sql, &[&limit, &lease_seconds]).await?;
        rows.iter().map(|row| claimed_from(row, until)).collect()
    }

    /// Renews the leases of messages, given by id and lease. Returns the ids of those still held.
    pub async fn renew_messages(&self, claims: &[(Uuid, i32)], lease_seconds: f64) -> Result<Vec<Uuid>, DbError> {
        let (ids, leases): (Vec<_>, Vec<_>) = claims.iter().copied().unzip();
        let sql = include_str!("queries/messages/renew.sql");
        let rows = self.rows("renewing leases of messages", sql, &[&ids, &leases, &lease_seconds]).await?;
        Ok(rows.iter().map(|row| row.get("message_id")).collect())
    }

    /// Records outcomes. Returns the number of those whose lease was still held.
    pub async fn finish_messages(&self, outcomes: &[MessageOutcome]) -> Result<i64, DbError> {
        let ids: Vec<_> = outcomes.iter().map(|outcome| outcome.id).collect();
        let leases: Vec<_> = outcomes.iter().map(|outcome| outcome.lease).collect();
        let states: Vec<_> = outcomes.iter().map(|outcome| outcome.state.number()).collect();
        let replies: Vec<_> = outcomes.iter().map(|outcome| outcome.reply.as_str()).collect();
        let seconds: Vec<_> = outcomes.iter().map(|outcome| outcome.retry_seconds).collect();
        let failed: Vec<_> = outcomes.iter().map(|outcome| outcome.failed).collect();
        let recipients: Vec<_> = outcomes.iter().map(|outcome| outcome.recipient.as_deref()).collect();
        let keys: Vec<_> = outcomes.iter().map(|outcome| outcome.storage_key.as_deref()).collect();
        let bytes: Vec<_> = outcomes.iter().map(|outcome| outcome.bytes).collect();
        let sent: Vec<_> = outcomes.iter().map(|outcome| outcome.state == MessageState::Sent).collect();
        let ends: Vec<_> = outcomes.iter().map(|outcome| outcome.ends_address).collect();
        let sql = include_str!("queries/messages/finish.sql");
        let normal: Vec<_> = recipients.iter().map(|recipient| recipient.map(normal_address)).collect();
        let params: [&(dyn ToSql + Sync); 12] =
            [&ids, &leases, &states, &replies, &seconds, &failed, &recipients, &keys, &bytes, &ends, &sent, &normal];
        let row = self.row("recording messages", sql, &params).await?;
        Ok(row.map_or(0, |row| row.get("recorded")))
    }

    /// Keeps a copy of a sent message until storage answers again. `false` if `most` copies are kept already.
    pub async fn keep_copy(&self, id: Uuid, key: &str, copy: &[u8], most: i64) -> Result<bool, DbError> {
        let sql = include_str!("queries/messages/copy.sql");
        Ok(self.row("keeping the copy of a message", sql, &[&id, &key, &copy, &most]).await?.is_some())
    }

    /// Returns copies that wait for storage.
    pub async fn copies(&self, limit: i64) -> Result<Vec<MessageCopy>, DbError> {
        let rows =
            self.rows("reading copies of messages", include_str!("queries/messages/copies.sql"), &[&limit]).await?;
        let copy =
            |row: &Row| MessageCopy { id: row.get("message_id"), key: row.get("storage_key"), bytes: row.get("copy") };
        Ok(rows.iter().map(copy).collect())
    }

    /// Deletes copies that are in storage now.
    pub async fn remove_copies(&self, ids: &[Uuid]) -> Result<(), DbError> {
        let sql = include_str!("queries/messages/copied.sql");
        self.rows("removing copies of messages", sql, &[&ids]).await.map(drop)
    }

    /// Returns copies in storage that are older than `days`, the oldest first, after the time and id of another one.
    pub async fn expired_mails(
        &self,
        days: i32,
        after: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<ExpiredMail>, DbError> {
        let (at, id) = after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
        let sql = include_str!("queries/messages/expired.sql");
        let rows = self.long_rows("reading old copies of messages", sql, &[&days, &at, &id, &limit]).await?;
        let expired = |row: &Row| ExpiredMail {
            id: row.get("message_id"),
            key: row.get("storage_key"),
            created_at: row.get("created_at"),
            bytes: row.get::<_, Option<i32>>("bytes").unwrap_or(0),
        };
        Ok(rows.iter().map(expired).collect())
    }

    /// Forgets copies that are not in storage any more.
    pub async fn forget_mails(&self, ids: &[Uuid]) -> Result<(), DbError> {
        let sql = include_str!("queries/messages/forget_copies.sql");
        self.rows("forgetting copies of messages", sql, &[&ids]).await.map(drop)
    }

    /// Deletes messages of the server that are older than a day.
    pub async fn prune_server_messages(&self) -> Result<(), DbError> {
        self.rows("deleting messages of the server", include_str!("queries/messages/prune.sql"), &[]).await.map(drop)
    }

    /// Returns the number and age of the messages that wait.
    pub async fn mail_backlog(&self) -> Result<MailBacklog, DbError> {
        let row = self.row("measuring the outbox", include_str!("queries/messages/backlog.sql"), &[]).await?;
        Ok(row.map_or_else(MailBacklog::default, |row| MailBacklog {
            queued: row.get("queued"),
            oldest_seconds: row.get::<_, f64>("oldest_seconds").max(0.0),
            copies: row.get("copies"),
        }))
    }

    /// Returns those of some addresses, in their normal form, that are suppressed for their organizers.
    pub async fn suppressed(&self, addresses: &[(OrganizerKey, String)]) -> Result<Suppressed, DbError> {
        let organizers: Vec<_> = addresses.iter().map(|(organizer, _)| organizer.0).collect();
        let texts: Vec<_> = addresses.iter().map(|(_, address)| address.as_str()).collect();
        let sql = include_str!("queries/suppressions/among.sql");
        let rows = self.rows("reading suppressed addresses", sql, &[&organizers, &texts]).await?;
        let mut suppressed = Suppressed::new();
        for row in rows {
            let key = (OrganizerKey(row.get("organizer_key")), row.get("address"));
            suppressed.entry(key).or_default().push(row.get("reason"));
        }
        Ok(suppressed)
    }
}

fn claimed_from(row: &Row, until: Instant) -> Result<ClaimedMessage, DbError> {
    let (event, number): (Option<i32>, Option<i32>) = (row.get("event_key"), row.get("number"));
    Ok(ClaimedMessage {
        id: row.get("message_id"),
        lease: row.get("attempts"),
        organizer: row.get::<_, Option<i32>>("organizer_key").map(OrganizerKey),
        registration: event.zip(number).map(|(event, number)| RegistrationRef { event: EventKey(event), number }),
        kind: MessageKind::from_number(row.get("kind"))
            .ok_or(DbError::Unexpected { doing: "claiming messages", what: "kind" })?,
        recipient: row.get("recipient"),
        detail: row.get("detail"),
        job: row.get("job_id"),
        failures: row.get("failures"),
        created_at: row.get("created_at"),
        tried_at: row.get("tried_at"),
        failing_since: row.get("failing_since"),
        until,
    })
}
