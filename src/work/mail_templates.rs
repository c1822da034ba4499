//! Templates of messages, of an event and of all events of an organizer, and their preview.

use std::sync::Arc;

use jiff::Timestamp;

use super::{Authorized, Caller, Records, Refusal, Tools};
use crate::{
    actors::{Links, RegistrationLetter},
    db::{MailTemplateRow, TemplateOwner},
    domain::{Announcement, EventSetup, MessageKind, MessageTopic, Scope},
    mail::{Letter, Look, MailDraft, MailTemplate, shipped_draft},
    render::Priority,
};

/// A version of a template.
#[derive(Debug)]
pub struct TemplateVersion {
    pub layer: Layer,
    /// Incremented by each change; 0 for the shipped one.
    pub version: i32,
    pub created_at: Option<Timestamp>,
    pub draft: MailDraft,
}

/// Where a template comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The event's own.
    Event,
    /// Its organizer's, for all events that have none of their own.
    Organizer,
    Shipped,
}

/// Templates of an event, or of all events of the caller.
#[derive(Debug, Clone, Copy)]
pub enum TemplateScope<'a> {
    /// With its slug or id.
    Event(&'a str),
    Organizer,
}

/// The owner of templates that the caller may read and change.
struct Owned {
    owner: TemplateOwner,
    setup: Option<Arc<EventSetup>>,
    by: Authorized,
}

impl Owned {
    fn language(&self) -> &str {
        self.setup.as_ref().map_or("en", |setup| &setup.event.draft.language)
    }
}

async fn own(
    records: &Records,
    caller: &Caller,
    scope: TemplateScope<'_>,
    kind: MessageKind,
) -> Result<Owned, Refusal> {
    let owned = match scope {
        TemplateScope::Event(event) => {
            let (by, setup) = records.own_event_uncached(caller, Scope::EventsWrite, event).await?;
            let owner = TemplateOwner { organizer: setup.event.organizer, event: Some(setup.event.key) };
            Owned { owner, setup: Some(setup), by }
        }
        TemplateScope::Organizer => {
            let by = records.authorize(caller, Scope::EventsWrite).await?;
            let owner = TemplateOwner { organizer: by.organizer()?, event: None };
            Owned { owner, setup: None, by }
        }
    };
    check_kind(kind)?;
    Ok(owned)
}

/// Returns a version of the caller's template, or the one in use.
pub async fn find(
    records: &Records,
    caller: &Caller,
    scope: TemplateScope<'_>,
    kind: MessageKind,
    version: Option<i32>,
) -> Result<TemplateVersion, Refusal> {
    let owned = own(records, caller, scope, kind).await?;
    stored_or_shipped(records, &owned, kind, version).await
}

async fn stored_or_shipped(
    records: &Records,
    owned: &Owned,
    kind: MessageKind,
    version: Option<i32>,
) -> Result<TemplateVersion, Refusal> {
    let Owned { owner, .. } = owned;
    let stored = match (version, owner.event) {
        (Some(0), _) => None,
        (None, Some(event)) => records.database.current_mail_template(owner.organizer, event, kind).await?,
        (version, _) => records.database.mail_template(*owner, kind, version).await?,
    };
    match stored {
        Some(row) => Ok(TemplateVersion {
            layer: if row.is_of_event { Layer::Event } else { Layer::Organizer },
            version: row.version,
            created_at: Some(row.created_at),
            draft: read(&row)?,
        }),
        None if version.is_some_and(|version| version != 0) => Err(Refusal::NotFound),
        None => {
            let draft = shipped_draft(kind, owned.language());
            Ok(TemplateVersion { layer: Layer::Shipped, version: 0, created_at: None, draft })
        }
    }
}

/// Replaces the caller's template, unless it is the same. Returns its version.
pub async fn change(
    tools: &Tools,
    caller: &Caller,
    scope: TemplateScope<'_>,
    kind: MessageKind,
    draft: MailDraft,
) -> Result<TemplateVersion, Refusal> {
    let Tools { records, files, .. } = tools;
    let owned = own(records, caller, scope, kind).await?;
    let layer = if owned.owner.event.is_some() { Layer::Event } else { Layer::Organizer };
    let current = records.database.mail_template(owned.owner, kind, None).await?;
    if let Some(current) = &current
        && read(current).is_ok_and(|stored| stored == draft)
    {
        return Ok(TemplateVersion { layer, version: current.version, created_at: Some(current.created_at), draft });
    }
    let json = serde_json::to_string(&draft).expect("a draft is plain data");
    let look = match &owned.setup {
        Some(setup) => RegistrationLetter::look(setup),
        None => Look::plain(),
    };
    let compiled = draft.clone();
    let check = move || Ok(MailTemplate::compile(kind, &compiled, &look).map(drop));
    files.pool.run(Priority::Live, check).await??;
    let added = records.database.add_mail_template(owned.owner, kind, &json, &owned.by.actor).await;
    let added = added.map_err(|error| match error.violated_constraint() {
        Some("mail_templates_pkey") => {
            Refusal::conflict("another request changed the template at the same time; try again")
        }
        _ => Refusal::from_write(error),
    })?;
    let (version, created_at) = added.ok_or(Refusal::NotFound)?;
    Ok(TemplateVersion { layer, version, created_at: Some(created_at), draft })
}

/// Lists the versions of the caller's own template that are older than `before`, newest first.
pub async fn versions(
    records: &Records,
    caller: &Caller,
    scope: TemplateScope<'_>,
    kind: MessageKind,
    before: Option<i32>,
    limit: i64,
) -> Result<Vec<(i32, Timestamp)>, Refusal> {
    let owned = own(records, caller, scope, kind).await?;
    let before = before.unwrap_or(i32::MAX);
    Ok(records.database.mail_template_versions(owned.owner, kind, before, limit).await?)
}

/// Template and registration of a preview.
#[derive(Debug, Default)]
pub struct Preview {
    /// `None`: the event's template.
    pub draft: Option<MailDraft>,
    /// Id of a registration. `None`: a sample.
    pub registration: Option<String>,
    /// `None`: a sample.
    pub announcement: Option<Announcement>,
}

/// Returns a message of the caller's event. Its links contain no access token.
pub async fn preview(
    tools: &Tools,
    caller: &Caller,
    event: &str,
    kind: MessageKind,
    preview: Preview,
    base_url: &str,
) -> Result<Letter, Refusal> {
    let Tools { records, files, .. } = tools;
    let owned = own(records, caller, TemplateScope::Event(event), kind).await?;
    let draft = match preview.draft {
        Some(draft) => draft,
        None => stored_or_shipped(records, &owned, kind, None).await?.draft,
    };
    let setup = owned.setup.ok_or(Refusal::NotFound)?;
    let registration = match &preview.registration {
        Some(id) => {
            let (_, of, reference) = records.own_registration(caller, Scope::RegistrationsRead, id).await?;
            let registration = records.database.registration(reference).await?;
            registration.filter(|_| of.event.key == setup.event.key).ok_or(Refusal::NotFound)?
        }
        None => RegistrationLetter::sample(&setup),
    };
    let announcement = preview.announcement.map(Announcement::check).transpose()?;
    let links = Links { base_url: base_url.to_owned(), ..Links::default() };
    let write = move || {
        let template = MailTemplate::compile(kind, &draft, &RegistrationLetter::look(&setup));
        let detail = announcement.map(|text| serde_json::json!({"subject": text.subject, "body": text.body}));
        let detail = detail.unwrap_or_else(|| RegistrationLetter::sample_detail(&setup));
        Ok(template.map(|template| {
            let mut letter = RegistrationLetter::new(&setup, &registration, links);
            letter.detail = Some(&detail);
            template.fill(&letter)
        }))
    };
    Ok(files.pool.run(Priority::Live, write).await??)
}

/// Refuses kinds that do not belong to an event.
fn check_kind(kind: MessageKind) -> Result<(), Refusal> {
    if kind.topic() == MessageTopic::Registration { Ok(()) } else { Err(Refusal::NotFound) }
}

fn read(row: &MailTemplateRow) -> Result<MailDraft, Refusal> {
    serde_json::from_str(&row.template).map_err(|error| {
        tracing::error!(%error, version = row.version, "a stored mail template cannot be read");
        Refusal::Internal
    })
}
