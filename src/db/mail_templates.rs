//! Templates of messages, of an event or of all events of an organizer: immutable versions, of which the newest is used.

use jiff::Timestamp;

use super::{Database, DbError};
use crate::domain::{EventKey, MessageKind, OrganizerKey};

/// Owner of a template: an event, or an organizer for all events that have none of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TemplateOwner {
    pub organizer: OrganizerKey,
    pub event: Option<EventKey>,
}

/// A version of a template.
#[derive(Debug)]
pub struct MailTemplateRow {
    /// True if it is the event's own.
    pub is_of_event: bool,
    pub version: i32,
    /// JSON.
    pub template: String,
    pub created_at: Timestamp,
}

/// Stands for all events of an organizer.
const ALL_EVENTS: i32 = 0;

impl TemplateOwner {
    fn event_key(self) -> i32 {
        self.event.map_or(ALL_EVENTS, |event| event.0)
    }
}

impl Database {
    /// Adds a version of a template. Returns its number and time. Of two concurrent calls one fails with a conflict.
    pub async fn add_mail_template(
        &self,
        owner: TemplateOwner,
        kind: MessageKind,
        template: &str,
        actor: &str,
    ) -> Result<Option<(i32, Timestamp)>, DbError> {
        let sql = include_str!("queries/mail_templates/add.sql");
        let (event, number, name) = (owner.event_key(), kind.number(), kind.name());
        let row = self
            .row("adding a mail template", sql, &[&owner.organizer.0, &event, &number, &template, &actor, &name])
            .await?;
        Ok(row.map(|row| (row.get("version"), row.get("created_at"))))
    }

    /// Returns a version of the owner's own template, or the newest. `None` if there is none.
    pub async fn mail_template(
        &self,
        owner: TemplateOwner,
        kind: MessageKind,
        version: Option<i32>,
    ) -> Result<Option<MailTemplateRow>, DbError> {
        self.find_mail_template(owner.organizer, &[owner.event_key()], kind, version).await
    }

    /// Returns the template that an event uses: its own, or its organizer's. `None` if there is none.
    pub async fn current_mail_template(
        &self,
        organizer: OrganizerKey,
        event: EventKey,
        kind: MessageKind,
    ) -> Result<Option<MailTemplateRow>, DbError> {
        self.find_mail_template(organizer, &[event.0, ALL_EVENTS], kind, None).await
    }

    async fn find_mail_template(
        &self,
        organizer: OrganizerKey,
        events: &[i32],
        kind: MessageKind,
        version: Option<i32>,
    ) -> Result<Option<MailTemplateRow>, DbError> {
        let sql = include_str!("queries/mail_templates/find.sql");
        let row = self.row("reading a mail template", sql, &[&organizer.0, &events, &kind.number(), &version]).await?;
        Ok(row.map(|row| MailTemplateRow {
            is_of_event: row.get::<_, i32>("event_key") != ALL_EVENTS,
            version: row.get("version"),
            template: row.get("template"),
            created_at: row.get("created_at"),
        }))
    }

    /// Lists the versions of the owner's own template that are older than `before`, newest first.
    pub async fn mail_template_versions(
        &self,
        owner: TemplateOwner,
        kind: MessageKind,
        before: i32,
        limit: i64,
    ) -> Result<Vec<(i32, Timestamp)>, DbError> {
        let sql = include_str!("queries/mail_templates/list.sql");
        let (event, number) = (owner.event_key(), kind.number());
        let rows =
            self.rows("listing mail templates", sql, &[&owner.organizer.0, &event, &number, &before, &limit]).await?;
        Ok(rows.iter().map(|row| (row.get("version"), row.get("created_at"))).collect())
    }
}
