//! Templates of an event's messages, and their preview.

use jiff::Timestamp;

use super::{Caller, Records, Refusal, Tools};
use crate::{
    actors::{Links, RegistrationLetter},
    db::MailTemplateRow,
    domain::{Announcement, EventSetup, MessageKind, MessageTopic, Scope},
    mail::{Letter, MailDraft, MailTemplate, shipped_draft},
    render::Priority,
};

/// A version of a template.
#[derive(Debug)]
pub struct TemplateVersion {
    /// Incremented by each change; 0 for the shipped one.
    pub version: i32,
    pub created_at: Option<Timestamp>,
    pub draft: MailDraft,
}

/// Returns a version of the template of the caller's event, or the newest one.
pub async fn find(
    records: &Records,
    caller: &Caller,
    event: &str,
    kind: MessageKind,
    version: Option<i32>,
) -> Result<TemplateVersion, Refusal> {
    let setup = records.own_event(caller, Scope::EventsWrite, event).await?;
    check_kind(kind)?;
    stored_or_shipped(records, &setup, kind, version).await
}

async fn stored_or_shipped(
    records: &Records,
    setup: &EventSetup,
    kind: MessageKind,
    version: Option<i32>,
) -> Result<TemplateVersion, Refusal> {
    let stored = match version {
        Some(0) => None,
        version => records.database.mail_template(setup.event.key, kind, version).await?,
    };
    match stored {
        Some(row) => Ok(TemplateVersion { version: row.version, created_at: Some(row.created_at), draft: read(&row)? }),
        None if version.is_some_and(|version| version != 0) => Err(Refusal::NotFound),
        None => {
            let draft = shipped_draft(kind, &setup.event.draft.language);
            Ok(TemplateVersion { version: 0, created_at: None, draft })
        }
    }
}

/// Replaces the template of the caller's event, unless it is the same. Returns its version.
pub async fn change(
    tools: &Tools,
    caller: &Caller,
    event: &str,
    kind: MessageKind,
    draft: MailDraft,
) -> Result<TemplateVersion, Refusal> {
    let Tools { records, files, .. } = tools;
    let (by, setup) = records.own_event_uncached(caller, Scope::EventsWrite, event).await?;
    check_kind(kind)?;
    let current = records.database.mail_template(setup.event.key, kind, None).await?;
    if let Some(current) = &current
        && read(current).is_ok_and(|stored| stored == draft)
    {
        return Ok(TemplateVersion { version: current.version, created_at: Some(current.created_at), draft });
    }
    let json = serde_json::to_string(&draft).expect("a draft is plain data");
    let (compiled, key) = (draft.clone(), setup.event.key);
    let check = move || Ok(MailTemplate::compile(kind, &compiled, &RegistrationLetter::look(&setup)).map(drop));
    files.pool.run(Priority::Live, check).await??;
    let added = records.database.add_mail_template(key, kind, &json, &by.actor).await;
    let added = added.map_err(|error| match error.violated_constraint() {
        Some("mail_templates_pkey") => {
            Refusal::conflict("another request changed the template at the same time; try again")
        }
        _ => Refusal::from_write(error),
    })?;
    let (version, created_at) = added.ok_or(Refusal::NotFound)?;
    Ok(TemplateVersion { version, created_at: Some(created_at), draft })
}

/// Lists the versions of the template of the caller's event that are older than `before`, newest first.
pub async fn versions(
    records: &Records,
    caller: &Caller,
    event: &str,
    kind: MessageKind,
    before: Option<i32>,
    limit: i64,
) -> Result<Vec<(i32, Timestamp)>, Refusal> {
    let setup = records.own_event(caller, Scope::EventsWrite, event).await?;
    check_kind(kind)?;
    let before = before.unwrap_or(i32::MAX);
    Ok(records.database.mail_template_versions(setup.event.key, kind, before, limit).await?)
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
    let setup = records.own_event(caller, Scope::EventsWrite, event).await?;
    check_kind(kind)?;
    let draft = match preview.draft {
        Some(draft) => draft,
        None => stored_or_shipped(records, &setup, kind, None).await?.draft,
    };
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
