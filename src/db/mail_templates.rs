//! Templates of an event's messages: immutable versions, of which the newest is used.

use jiff::Timestamp;

use super::{Database, DbError};
use crate::domain::{EventKey, MessageKind};

/// A version of a template.
#[derive(Debug)]
pub struct MailTemplateRow {
    pub version: i32,
    /// JSON.
    pub template: String,
    pub created_at: Timestamp,
}

impl Database {
    /// Adds a version of an event's template. Returns its number and time. Of two concurrent calls one fails with a
    /// conflict.
    pub async fn add_mail_template(
        &self,
        event: EventKey,
        kind: MessageKind,
        template: &str,
        actor: &str,
    ) -> Result<Option<(i32, Timestamp)>, DbError> {
        let sql = include_str!("queries/mail_templates/add.sql");
        let row = self
            .row("adding a mail template", sql, &[&event.0, &kind.number(), &template, &actor, &kind.name()])
            .await?;
        Ok(row.map(|row| (row.get("version"), row.get("created_at"))))
    }

    /// Returns a version of an event's template, or the newest. `None` if there is none.
    pub async fn mail_template(
        &self,
        event: EventKey,
        kind: MessageKind,
        version: Option<i32>,
    ) -> Result<Option<MailTemplateRow>, DbError> {
        let sql = include_str!("queries/mail_templates/find.sql");
        let row = self.row("reading a mail template", sql, &[&event.0, &kind.number(), &version]).await?;
        Ok(row.map(|row| MailTemplateRow {
            version: row.get("version"),
            template: row.get("template"),
            created_at: row.get("created_at"),
        }))
    }

    /// Lists the versions of an event's template that are older than `before`, newest first.
    pub async fn mail_template_versions(
        &self,
        event: EventKey,
        kind: MessageKind,
        before: i32,
        limit: i64,
    ) -> Result<Vec<(i32, Timestamp)>, DbError> {
        let sql = include_str!("queries/mail_templates/list.sql");
        let rows = self.rows("listing mail templates", sql, &[&event.0, &kind.number(), &before, &limit]).await?;
        Ok(rows.iter().map(|row| (row.get("version"), row.get("created_at"))).collect())
    }
}
