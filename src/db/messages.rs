//! Messages in lists, their copies, and what is done with them on request.

use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{Database, DbError};
use crate::domain::{EventKey, MessageKind, MessageState, OrganizerKey, RegistrationRef, normal_address};

/// A message in lists.
#[derive(Debug, Clone)]
pub struct MessageRow {
    pub id: Uuid,
    pub kind: MessageKind,
    pub state: MessageState,
    /// Number of the registration.
    pub number: Option<i32>,
    /// `None` until it is sent: the contact of the registration.
    pub recipient: Option<String>,
    /// The announcement that it belongs to.
    pub job: Option<Uuid>,
    pub created_at: Timestamp,
    /// First attempt.
    pub tried_at: Option<Timestamp>,
    pub sent_at: Option<Timestamp>,
    pub changed_at: Timestamp,
    /// Next attempt of one that is queued.
    pub due_at: Timestamp,
    pub attempts: i32,
    pub reply: Option<String>,
    pub bytes: Option<i32>,
    /// True if there is a copy.
    pub archived: bool,
}

/// A message with what is needed to act on it.
#[derive(Debug, Clone)]
pub struct FoundMessage {
    pub row: MessageRow,
    pub event: Option<EventKey>,
    pub organizer: Option<OrganizerKey>,
    /// Key of its copy.
    pub key: Option<String>,
}

/// Filter and page of a list of messages.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    pub kind: Option<MessageKind>,
    pub state: Option<MessageState>,
    /// Number of a registration.
    pub number: Option<i32>,
    /// Time and id of the last message of the page before.
    pub before: Option<(Timestamp, Uuid)>,
    pub limit: i64,
}

/// A suppressed address.
#[derive(Debug, Clone)]
pub struct SuppressionRow {
    pub address: String,
    pub reason: String,
    /// The message that led to it.
    pub message: Option<Uuid>,
    pub created_at: Timestamp,
}

/// Effect of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reported {
    Recorded,
    /// It says nothing new.
    Known,
    /// There is no such message.
    Unknown,
}

impl Database {
    /// Returns a page of an event's messages, the newest first.
    pub async fn list_messages(&self, event: EventKey, filter: &MessageFilter) -> Result<Vec<MessageRow>, DbError> {
        let (kind, state) = (filter.kind.map(MessageKind::number), filter.state.map(MessageState::number));
        let (before, id) = filter.before.unwrap_or((Timestamp::MAX, Uuid::max()));
        // PostgreSQL's latest time is earlier than ours.
        let before = before.min(LATEST);
        let mut params: Vec<&(dyn ToSql + Sync)> = vec![&event.0, &kind, &state, &before, &id, &filter.limit];
        let sql = match (&filter.number, filter.state) {
            (Some(number), _) => {
                params.push(number);
                include_str!("queries/messages/of_registration.sql")
            }
            (None, Some(state)) if !matches!(state, MessageState::Sent | MessageState::Delivered) => {
                include_str!("queries/messages/of_state.sql")
            }
            (None, _) => include_str!("queries/messages/list.sql"),
        };
        self.rows("listing messages", sql, &params).await?.iter().map(message_from).collect()
    }

    /// Returns a message.
    pub async fn message(&self, id: Uuid) -> Result<Option<FoundMessage>, DbError> {
        let row = self.row(READING, include_str!("queries/messages/find.sql"), &[&id]).await?;
        let found = |row: Row| {
            Ok(FoundMessage {
                event: row.get::<_, Option<i32>>("event_key").map(EventKey),
                organizer: row.get::<_, Option<i32>>("organizer_key").map(OrganizerKey),
                key: row.get("storage_key"),
                row: message_from(&row)?,
            })
        };
        row.map(found).transpose()
    }

    /// Returns the copy of a message that waits for storage.
    pub async fn waiting_copy(&self, id: Uuid) -> Result<Option<Vec<u8>>, DbError> {
        let row = self.row(READING, include_str!("queries/messages/waiting_copy.sql"), &[&id]).await?;
        Ok(row.map(|row| row.get("copy")))
    }

    /// Queues a message again as a new one, to the present address of the contact; `actor` is for the audit log. Returns
    /// the id of the new message.
    pub async fn resend_message(&self, id: Uuid, actor: &str) -> Result<Option<Uuid>, DbError> {
        let row = self.row("resending a message", include_str!("queries/messages/resend.sql"), &[&id, &actor]).await?;
        Ok(row.map(|row| row.get("message_id")))
    }

    /// Queues the confirmation of a registration again, or its request to pay. `None` if the registration is not valid,
    /// or it was asked for `most` times within an hour.
    pub async fn resend_confirmation(
        &self,
        of: RegistrationRef,
        actor: &str,
        most: i64,
    ) -> Result<Option<Uuid>, DbError> {
        let sql = include_str!("queries/messages/resend_first.sql");
        let row = self.row("resending a confirmation", sql, &[&of.event.0, &of.number, &actor, &most]).await?;
        Ok(row.map(|row| row.get("message_id")))
    }

    /// Queues links for an address in its normal form. Does nothing if it has asked `most` times within an hour, or more
    /// than `most_waiting` requests wait.
    pub async fn ask_for_links(&self, address: &str, most: i64, most_waiting: i64) -> Result<(), DbError> {
        let sql = include_str!("queries/messages/ask_links.sql");
        self.rows("queueing links", sql, &[&address, &most, &most_waiting]).await.map(drop)
    }

    /// Records a report about a message.
    pub async fn report_message(
        &self,
        id: Uuid,
        state: MessageState,
        reply: &str,
        ends_address: bool,
    ) -> Result<Reported, DbError> {
        let replaced = MessageState::ALL.into_iter().filter(|before| *before != state && before.after(state) == state);
        let replaced: Vec<_> = replaced.map(MessageState::number).collect();
        let sql = include_str!("queries/messages/report.sql");
        let row = self.row("recording a report", sql, &[&id, &state.number(), &replaced, &reply]).await?;
        let Some(row) = row else { return Ok(Reported::Unknown) };
        let organizer = row.get::<_, Option<i32>>("organizer_key").map(OrganizerKey);
        let recipient: Option<String> = row.get("recipient");
        // Also if the report is known: this may have failed before.
        if let (true, Some(organizer), Some(recipient)) = (ends_address, organizer, recipient) {
            let reason = if state == MessageState::Complained { "complaint" } else { "bounce" };
            self.suppress(organizer, &normal_address(&recipient), reason, "server", Some(id)).await?;
        }
        Ok(if row.get("reported") { Reported::Recorded } else { Reported::Known })
    }

    /// Uses the token of a provider's event. `false` if it was used before, or is none.
    pub async fn use_event_token(&self, token: &str) -> Result<bool, DbError> {
        if token.is_empty() || token.len() > MAX_EVENT_TOKEN {
            return Ok(false);
        }
        let sql = include_str!("queries/mail_event_tokens/use.sql");
        Ok(self.row("receiving an event", sql, &[&token]).await?.is_some())
    }

    /// Counts the messages of an event by state. Reads all of them.
    pub async fn count_messages(&self, event: EventKey) -> Result<Vec<(MessageState, i64)>, DbError> {
        let rows =
            self.long_rows("counting messages", include_str!("queries/messages/counts.sql"), &[&event.0]).await?;
        rows.iter().map(|row| Ok((state_from(row)?, row.get("messages")))).collect()
    }

    /// Returns a page of an organizer's suppressed addresses, after an address with a reason.
    pub async fn suppressions(
        &self,
        organizer: OrganizerKey,
        part: Option<&str>,
        (address, reason): (&str, &str),
        limit: i64,
    ) -> Result<Vec<SuppressionRow>, DbError> {
        let sql = include_str!("queries/suppressions/list.sql");
        let params: [&(dyn ToSql + Sync); 5] = [&organizer.0, &part, &address, &reason, &limit];
        let rows = self.rows("listing suppressed addresses", sql, &params).await?;
        let suppression = |row: &Row| SuppressionRow {
            address: row.get("address"),
            reason: row.get("reason"),
            message: row.get("message_id"),
            created_at: row.get("created_at"),
        };
        Ok(rows.iter().map(suppression).collect())
    }

    /// Suppresses an address, given in its normal form.
    pub async fn suppress(
        &self,
        organizer: OrganizerKey,
        address: &str,
        reason: &str,
        actor: &str,
        message: Option<Uuid>,
    ) -> Result<(), DbError> {
        let sql = include_str!("queries/suppressions/add.sql");
        let params: [&(dyn ToSql + Sync); 5] = [&organizer.0, &address, &reason, &actor, &message];
        self.rows("suppressing an address", sql, &params).await.map(drop)
    }

    /// Allows messages to an address again that was suppressed for a reason, or for any but its owner's wish. `false` if it
    /// was not.
    pub async fn remove_suppression(
        &self,
        organizer: OrganizerKey,
        address: &str,
        reason: Option<&str>,
        actor: &str,
    ) -> Result<bool, DbError> {
        let sql = include_str!("queries/suppressions/remove.sql");
        let row = self.row("allowing an address", sql, &[&organizer.0, &address, &actor, &reason]).await?;
        Ok(row.is_some_and(|row| row.get::<_, i64>("removed") > 0))
    }
}

const READING: &str = "reading messages";
const MAX_EVENT_TOKEN: usize = 100;
/// 9999-01-01.
const LATEST: Timestamp = Timestamp::constant(253_370_764_800, 0);

fn state_from(row: &Row) -> Result<MessageState, DbError> {
    MessageState::from_number(row.get("state")).ok_or(DbError::Unexpected { doing: READING, what: "state" })
}

fn message_from(row: &Row) -> Result<MessageRow, DbError> {
    Ok(MessageRow {
        id: row.get("message_id"),
        kind: MessageKind::from_number(row.get("kind")).ok_or(DbError::Unexpected { doing: READING, what: "kind" })?,
        state: state_from(row)?,
        number: row.get("number"),
        recipient: row.get("recipient"),
        job: row.get("job_id"),
        created_at: row.get("created_at"),
        tried_at: row.get("tried_at"),
        sent_at: row.get("sent_at"),
        changed_at: row.get("changed_at"),
        due_at: row.get("due_at"),
        attempts: row.get("attempts"),
        reply: row.get("reply"),
        bytes: row.get("bytes"),
        archived: row.get("archived"),
    })
}
