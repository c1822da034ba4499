//! From a claimed message to the bytes that are sent: the registration as it is now, the event's template, and files
//! that are rendered for it.

use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    sync::Arc,
    time::Instant,
};

use futures_util::future::join_all;
use jiff::Timestamp;
use lettre::Address;
use uuid::Uuid;

use super::{
    Links, RegistrationLetter,
    held::Held,
    outcome::{outcome, released},
    pace::{Pace, Turn},
    reasons::reason_against,
    templates::{SourceTemplate, Templates},
};
use crate::{
    db::{Database, DbError, EventCache, EventName, MessageOutcome, Suppressed},
    domain::{
        DocumentKind, EventKey, EventSetup, EventStatus, MessageKind, MessageState, Registration, RegistrationStatus,
        Secret, normal_address,
    },
    mail::{Attachment, CalendarNote, Mail, MailSender, MailTemplate, address, calendar, without_token},
    render::{PlanCache, Priority, RegistrationFile, RenderPool},
    store::mail_key,
};

/// Messages that one task of the render pool composes.
const MESSAGES_PER_TASK: usize = 8;
/// A registration with more tickets gets links instead of a file.
const MAX_ATTACHED_TICKETS: usize = 10;
/// A larger file is not attached: servers refuse large messages.
const MAX_ATTACHED_BYTES: usize = 2 << 20;
/// Pause before a message that could not be composed now is tried again.
pub const RETRY_PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

/// Composes messages.
pub struct Composer {
    pub database: Database,
    pub catalog: EventCache,
    pub pool: RenderPool,
    pub plans: PlanCache,
    pub templates: Templates,
    pub sender: Arc<MailSender>,
    pub pace: Arc<Pace>,
    /// Of links that were asked for: it counts events instead of hosts.
    pub link_pace: Pace,
    /// Base URL of links.
    pub base_url: String,
}

/// A message that is ready to be sent.
pub struct Ready {
    pub held: Held,
    pub from: Address,
    pub to: Address,
    pub message: String,
    /// It is not sent before.
    pub turn: Instant,
    /// Its copy for the archive, with its key. Links in it contain no token.
    pub copy: Option<(String, Vec<u8>)>,
}

/// A message after composing.
pub enum Composed {
    Ready(Box<Ready>),
    /// It will not be sent, at least not now.
    Not(Box<(Held, MessageOutcome)>),
}

impl Composed {
    /// The outcome of a message that is not sent; it names the address that it was for.
    pub fn not(held: Held, outcome: MessageOutcome) -> Self {
        let recipient = held.recipient();
        Self::Not(Box::new((held, MessageOutcome { recipient, ..outcome })))
    }
}

/// A message with all that its text needs.
struct Task {
    held: Held,
    turn: Instant,
    registration: Registration,
    template: SourceTemplate,
}

impl Composer {
    /// Composes messages, and hands each one to `next`.
    pub async fn compose(self: &Arc<Self>, messages: Vec<Held>, next: impl Fn(Composed) + Clone + Send + 'static) {
        let mut by_event = BTreeMap::<Option<EventKey>, Vec<Held>>::new();
        for message in messages {
            by_event.entry(message.claim.registration.map(|of| of.event)).or_default().push(message);
        }
        for (event, messages) in by_event {
            let Some(event) = event else {
                for message in messages {
                    next(self.compose_of_server(message).await);
                }
                continue;
            };
            if let Err((error, messages)) = self.compose_of_event(event, messages, next.clone()).await {
                tracing::warn!(%error, "messages could not be composed; they are tried again soon");
                for held in messages {
                    let outcome = released(&held.claim, "", RETRY_PAUSE);
                    next(Composed::not(held, outcome));
                }
            }
        }
    }

    async fn compose_of_event(
        self: &Arc<Self>,
        event: EventKey,
        messages: Vec<Held>,
        next: impl Fn(Composed) + Clone + Send + 'static,
    ) -> Result<(), (String, Vec<Held>)> {
        let read = match self.read(event, &messages).await {
            Ok(read) => read,
            Err(error) => return Err((error, messages)),
        };
        let Read { setup, registrations, templates, .. } = &read;
        let mut tasks = Vec::new();
        for mut held in messages {
            let registration = held.claim.registration.and_then(|of| registrations.get(&of.number).cloned());
            let Some(registration) = registration else {
                let outcome = outcome(&held.claim, MessageState::Failed, "the registration does not exist");
                next(Composed::not(held, outcome));
                continue;
            };
            // The present contact: the registration may have another one than at the attempt before.
            let before = held.claim.recipient.take();
            held.claim.recipient = contact(&registration).map(str::to_owned);
            if let Some(reason) = reason_against(&read, &held.claim, before.as_deref(), &registration) {
                let outcome = outcome(&held.claim, MessageState::Suppressed, reason);
                next(Composed::not(held, outcome));
                continue;
            }
            // Before anything is rendered: a message whose turn is far away would be rendered in vain.
            match self.turn(&held) {
                Turn::At(turn) => {
                    let template = templates[&held.claim.kind].clone();
                    tasks.push(Task { held, turn, registration, template });
                }
                Turn::Later(pause) => {
                    let outcome = released(&held.claim, "waits for its turn", pause);
                    next(Composed::not(held, outcome));
                }
            }
        }
        let mut writing = Vec::new();
        while !tasks.is_empty() {
            let part = tasks.split_off(tasks.len().saturating_sub(MESSAGES_PER_TASK));
            let (composer, setup, send) = (self.clone(), setup.clone(), next.clone());
            let work = move || {
                for task in part {
                    send(composer.write(&setup, task));
                }
                Ok(())
            };
            writing.push(self.pool.run(Priority::Bulk, work));
        }
        for written in join_all(writing).await {
            if let Err(error) = written {
                // The messages that are left are dropped: their leases end.
                tracing::error!(%error, "messages could not be composed");
            }
        }
        Ok(())
    }

    /// Returns the turn of a message, by the host of its recipient.
    pub fn turn(&self, held: &Held) -> Turn {
        let recipient = held.claim.recipient.as_deref().unwrap_or_default();
        let host = normal_address(recipient);
        self.pace.turn(host.rsplit('@').next().unwrap_or_default(), Instant::now())
    }

    /// Reads what the messages of an event need.
    async fn read(&self, event: EventKey, messages: &[Held]) -> Result<Read, String> {
        let text = |error: DbError| error.to_string();
        let setup = self.catalog.find(EventName::Key(event)).await.map_err(|error| error.to_string())?;
        let setup = setup.ok_or("their event does not exist")?;
        let mut numbers: Vec<_> =
            messages.iter().filter_map(|held| held.claim.registration).map(|of| of.number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let registrations = self.database.registrations(event, &numbers).await.map_err(text)?;
        let mut templates = HashMap::new();
        for held in messages {
            let kind = held.claim.kind;
            if let Entry::Vacant(entry) = templates.entry(kind) {
                entry.insert(self.templates.read(&setup, kind).await.map_err(text)?);
            }
        }
        let addresses: Vec<_> = messages
            .iter()
            .filter_map(|held| held.claim.recipient.as_deref())
            .chain(registrations.iter().filter_map(contact))
            .map(|address| (setup.event.organizer, normal_address(address)))
            .collect();
        let suppressed = self.database.suppressed(&addresses).await.map_err(text)?;
        let registrations = registrations.into_iter().map(|row| (row.reference.number, row)).collect();
        let jobs: Vec<_> = messages.iter().filter_map(|held| held.claim.job).collect();
        let cancelled = match jobs.is_empty() {
            true => Vec::new(),
            false => self.database.cancelled_jobs(&jobs).await.map_err(text)?,
        };
        Ok(Read { setup, registrations, templates, suppressed, cancelled })
    }

    /// Writes a message about a registration. Slow: runs on a thread of the render pool.
    fn write(&self, setup: &Arc<EventSetup>, task: Task) -> Composed {
        let Task { held, turn, registration, template } = task;
        let template = self.templates.compiled(setup, &template);
        match self.write_registration(setup, &held, &registration, &template) {
            Ok((from, to, message, copy)) => Composed::Ready(Box::new(Ready { held, from, to, message, turn, copy })),
            Err(reason) => {
                let outcome = outcome(&held.claim, MessageState::Failed, reason);
                Composed::not(held, outcome)
            }
        }
    }

    #[expect(clippy::type_complexity, reason = "the parts of a ready message")]
    fn write_registration(
        &self,
        setup: &Arc<EventSetup>,
        held: &Held,
        registration: &Registration,
        template: &MailTemplate,
    ) -> Result<(Address, Address, String, Option<(String, Vec<u8>)>), String> {
        let claim = &held.claim;
        let recipient = claim.recipient.as_deref().unwrap_or_default();
        let to = address(recipient).map_err(|fault| fault.to_string())?;
        let secret: &Secret = self.catalog.secret();
        let number = registration.reference.number;
        let token = secret.access_token(setup.event.id, number, registration.access_generation);
        let unsubscribe = claim.kind.can_be_refused().then(|| format!("{}/unsubscribe/{}", self.base_url, claim.id));
        let links = Links {
            base_url: self.base_url.clone(),
            token: Some(token.reveal().to_owned()),
            unsubscribe: unsubscribe.clone(),
        };
        let mut letter = RegistrationLetter::new(setup, registration, links);
        letter.detail = claim.detail.as_ref();
        let attachments = self.attachments(setup, registration, claim.kind, claim.detail.as_ref(), &letter)?;
        let mail = Mail {
            id: claim.id,
            date: claim.tried_at,
            from_name: &setup.event.organizer_name,
            to_name: registration.tickets.first().map_or("", |ticket| ticket.name.as_str()),
            to: recipient,
            language: &setup.event.draft.language,
            letter: &template.fill(&letter),
            attachments,
            unsubscribe,
        };
        let message = self.sender.write(mail).map_err(|fault| fault.to_string())?;
        // A reader of the archive must not be able to act for the recipient.
        let copy = without_token(&message, token.reveal());
        let message = String::from_utf8(message).map_err(|error| error.to_string())?;
        Ok((self.sender.return_path(claim.id), to, message, Some((mail_key(setup.event.id, claim.id), copy))))
    }

    /// Returns the files of a message: the tickets as they are now, and the event for a calendar.
    fn attachments(
        &self,
        setup: &Arc<EventSetup>,
        registration: &Registration,
        kind: MessageKind,
        detail: Option<&serde_json::Value>,
        letter: &RegistrationLetter<'_>,
    ) -> Result<Vec<Attachment>, String> {
        let id = setup.registration_id(registration.reference.number);
        let wants_tickets = match kind {
            MessageKind::Confirmation | MessageKind::PaymentReceived | MessageKind::TicketReissued => true,
            MessageKind::Announcement => {
                detail.and_then(|detail| detail.get("attachTickets")?.as_bool()).unwrap_or_default()
            }
            _ => false,
        };
        let mut files = Vec::new();
        let is_confirmed = registration.status == RegistrationStatus::Confirmed;
        let is_live = setup.event.draft.status == EventStatus::Published;
        if wants_tickets && is_confirmed && is_live && registration.tickets.len() <= MAX_ATTACHED_TICKETS {
            let made_at = Timestamp::now();
            let file = RegistrationFile { setup, registration, kind: DocumentKind::Tickets, part: 0, made_at };
            let rendered = file.render(&self.plans).map_err(|error| error.to_string())?;
            if rendered.bytes.len() <= MAX_ATTACHED_BYTES {
                let name = format!("{id}.pdf");
                files.push(Attachment { name, media_type: "application/pdf", bytes: rendered.bytes });
            }
        }
        let wants_calendar = wants_tickets || kind == MessageKind::EventChanged;
        if wants_calendar && kind != MessageKind::Announcement {
            let note = CalendarNote { registration: id.to_string(), url: Some(letter.page_without_token()) };
            let text = calendar(setup, &note, Timestamp::now());
            let media_type = "text/calendar; charset=utf-8; method=PUBLISH";
            files.push(Attachment { name: format!("{id}.ics"), media_type, bytes: text.into_bytes() });
        }
        Ok(files)
    }
}

/// Rows that the messages of an event need.
pub struct Read {
    pub setup: Arc<EventSetup>,
    registrations: HashMap<i32, Registration>,
    templates: HashMap<MessageKind, SourceTemplate>,
    pub suppressed: Suppressed,
    /// Announcements that were cancelled.
    pub cancelled: Vec<Uuid>,
}

/// Returns the address of the contact: the first ticket's.
fn contact(registration: &Registration) -> Option<&str> {
    registration.tickets.first().map(|ticket| ticket.email.as_str())
}
