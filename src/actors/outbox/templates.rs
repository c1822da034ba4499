//! Templates in use: read for each batch of messages, compiled once per version.

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;

use super::RegistrationLetter;
use crate::{
    db::{Database, DbError},
    domain::{EventKey, EventSetup, MessageKind},
    mail::{MailDraft, MailTemplate, shipped_draft},
};

/// Compiled templates that are kept; one has some 30 KB.
const CAPACITY: u64 = 500;
/// Templates of events without messages are dropped after this time.
const IDLE: Duration = Duration::from_mins(10);

/// Compiled templates of events. Clones share them.
#[derive(Clone)]
pub struct Templates {
    database: Database,
    compiled: Cache<(EventKey, MessageKind, bool, i32, i32), Arc<MailTemplate>>,
}

/// The template of a kind in its present version.
#[derive(Debug, Clone)]
pub struct SourceTemplate {
    kind: MessageKind,
    /// False: the organizer's, or the shipped one.
    is_of_event: bool,
    /// 0: the shipped one.
    version: i32,
    draft: MailDraft,
}

impl Templates {
    pub fn new(database: Database) -> Self {
        let compiled = Cache::builder().max_capacity(CAPACITY).time_to_idle(IDLE).build();
        Self { database, compiled }
    }

    /// Reads the present template of a kind.
    pub async fn read(&self, setup: &EventSetup, kind: MessageKind) -> Result<SourceTemplate, DbError> {
        let stored = self.database.current_mail_template(setup.event.organizer, setup.event.key, kind).await?;
        let read = stored.and_then(|row| match serde_json::from_str(&row.template) {
            Ok(draft) => Some(SourceTemplate { kind, is_of_event: row.is_of_event, version: row.version, draft }),
            Err(error) => {
                tracing::error!(%error, version = row.version, "a stored mail template cannot be read; the shipped one is used");
                None
            }
        });
        Ok(read.unwrap_or_else(|| SourceTemplate::shipped(kind, &setup.event.draft.language)))
    }

    /// Returns the compiled template. Slow for a new version: call on a thread of the render pool.
    pub fn compiled(&self, setup: &EventSetup, source: &SourceTemplate) -> Arc<MailTemplate> {
        let key = (setup.event.key, source.kind, source.is_of_event, source.version, setup.event.revision);
        self.compiled.get_with(key, || {
            let look = RegistrationLetter::look(setup);
            let compiled = MailTemplate::compile(source.kind, &source.draft, &look).unwrap_or_else(|faults| {
                tracing::error!(?faults, "a stored mail template cannot be used; the shipped one is used");
                let shipped = shipped_draft(source.kind, &setup.event.draft.language);
                MailTemplate::compile(source.kind, &shipped, &look).expect("a test compiles every shipped template")
            });
            Arc::new(RegistrationLetter::fill_known(setup, compiled))
        })
    }
}

impl SourceTemplate {
    pub fn shipped(kind: MessageKind, language: &str) -> Self {
        Self { kind, is_of_event: false, version: 0, draft: shipped_draft(kind, language) }
    }
}
