//! From a claimed message to the bytes that are sent: the registration as it is now, the event's template, and files
//! that are rendered for it.

use std::{
    collections::{BTreeMap, HashMap, HashSet, hash_map::Entry},
    slice,
    sync::Arc,
    time::Instant,
};

use futures_util::future::join_all;
use jiff::Timestamp;
use lettre::Address;
use uuid::Uuid;

use super::{
    Links, RegistrationLetter,
    address_letter::AddressLetter,
    held::Held,
    outcome::{outcome, released},
    pace::{Pace, Turn},
    templates::{SourceTemplate, Templates},
};
use crate::{
    db::{ClaimedMessage, Database, DbError, EventCache, EventName, MessageOutcome, Suppressed},
    domain::{
        DocumentKind, EventKey, EventSetup, EventStatus, MessageKind, MessageState, OrganizerKey, Registration,
        RegistrationStatus, Secret, normal_address,
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
/// Registrations in one list of links.
const MAX_LINKS: i64 = 50;
/// Pause before a message that could not be composed now is tried again.
const RETRY_PAUSE: std::time::Duration = std::time::Duration::from_secs(1);

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
    fn not(held: Held, outcome: MessageOutcome) -> Self {
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
                    next(self.compose_for_address(message).await);
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
    fn turn(&self, held: &Held) -> Turn {
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

    /// Composes a message to an address: links to all of its registrations. It has no copy in the archive, because it
    /// belongs to no organizer.
    async fn compose_for_address(&self, held: Held) -> Composed {
        match self.write_links(&held).await {
            Ok(Some((to, message, event_turn))) => match event_turn.max(self.turn(&held)) {
                Turn::At(turn) => {
                    let from = self.sender.return_path(held.claim.id);
                    Composed::Ready(Box::new(Ready { held, from, to, message, turn, copy: None }))
                }
                Turn::Later(pause) => {
                    let outcome = released(&held.claim, "waits for its turn", pause);
                    Composed::not(held, outcome)
                }
            },
            Ok(None) => {
                let outcome =
                    outcome(&held.claim, MessageState::Suppressed, "there is no registration to send to this address");
                Composed::not(held, outcome)
            }
            Err(error) => {
                tracing::warn!(%error, "a message could not be composed; it is tried again soon");
                let outcome = released(&held.claim, "", RETRY_PAUSE);
                Composed::not(held, outcome)
            }
        }
    }

    /// Returns nothing if there is nothing to send, otherwise also the turn that the events give.
    async fn write_links(&self, held: &Held) -> Result<Option<(Address, String, Turn)>, String> {
        let claim = &held.claim;
        let Some(recipient) = claim.recipient.as_deref().filter(|_| claim.kind == MessageKind::TicketLinks) else {
            return Ok(None);
        };
        let text = |error: DbError| error.to_string();
        let found = self.database.coming_registrations(&normal_address(recipient), MAX_LINKS).await.map_err(text)?;
        let Ok(to) = address(recipient) else { return Ok(None) };
        let mut letter = AddressLetter::new(self.base_url.clone());
        let mut events = HashSet::new();
        for of in found {
            let setup = self.catalog.find(EventName::Key(of.event)).await.map_err(|error| error.to_string())?;
            let registration = self.database.registration_without_answers(of).await.map_err(text)?;
            let (Some(setup), Some(registration)) = (setup, registration) else { continue };
            let key = (setup.event.organizer, normal_address(recipient));
            let suppressed = self.database.suppressed(slice::from_ref(&key)).await.map_err(text)?;
            let is_wanted = suppression(&suppressed, &key, claim.kind).is_none();
            if is_wanted && letter.add(&setup, &registration, recipient, self.catalog.secret()) {
                events.insert(setup.event.id);
            }
        }
        let now = Instant::now();
        let turns = events.iter().map(|event| self.link_pace.turn(&event.to_string(), now));
        let Some(turn) = turns.max() else { return Ok(None) };
        let (id, date, recipient, sender) = (claim.id, claim.tried_at, recipient.to_owned(), self.sender.clone());
        let work = move || {
            let draft = crate::mail::shipped_draft(MessageKind::TicketLinks, &letter.language);
            let template = MailTemplate::compile(MessageKind::TicketLinks, &draft, &letter.look(sender.name()));
            let filled = template.expect("a test compiles every shipped template").fill(&letter);
            let mail = Mail {
                id,
                date,
                from_name: "",
                to_name: &letter.name,
                to: &recipient,
                language: &letter.language,
                letter: &filled,
                attachments: Vec::new(),
                unsubscribe: None,
            };
            Ok(sender.write(mail).ok().and_then(|bytes| String::from_utf8(bytes).ok()))
        };
        let message = self.pool.run(Priority::Bulk, work).await.map_err(|error| error.to_string())?;
        Ok(message.map(|message| (to, message, turn)))
    }
}

struct Read {
    setup: Arc<EventSetup>,
    registrations: HashMap<i32, Registration>,
    templates: HashMap<MessageKind, SourceTemplate>,
    suppressed: Suppressed,
    /// Announcements that were cancelled.
    cancelled: Vec<Uuid>,
}

/// Returns the address of the contact: the first ticket's.
fn contact(registration: &Registration) -> Option<&str> {
    registration.tickets.first().map(|ticket| ticket.email.as_str())
}

/// Returns the reason why a message is not sent: it is not true any more, or its address is suppressed.
fn reason_against(
    read: &Read,
    claim: &ClaimedMessage,
    before: Option<&str>,
    registration: &Registration,
) -> Option<String> {
    let Read { setup, suppressed, cancelled, .. } = read;
    if claim.job.is_some_and(|job| cancelled.contains(&job)) {
        return Some("the announcement was cancelled".to_owned());
    }
    let recipient = normal_address(claim.recipient.as_deref().unwrap_or_default());
    if claim.kind == MessageKind::Announcement && before.is_some_and(|before| normal_address(before) != recipient) {
        return Some("the registration has another contact now".to_owned());
    }
    let is_event_cancelled = setup.event.draft.status == EventStatus::Cancelled;
    match claim.kind {
        MessageKind::Confirmation
        | MessageKind::PaymentNeeded
        | MessageKind::PaymentReceived
        | MessageKind::TicketReissued
            if is_event_cancelled =>
        {
            return Some("the event is cancelled".to_owned());
        }
        // A notice about the event, not about the registration alone.
        MessageKind::Cancelled if claim.detail.is_some() && !is_event_cancelled => {
            return Some("the event is not cancelled any more".to_owned());
        }
        _ => {}
    }
    if claim.kind == MessageKind::EventChanged && !RegistrationLetter::has_changed(setup, claim.detail.as_ref()) {
        return Some("the event is as it was before the change".to_owned());
    }
    if let Some(reason) = outdated(claim.kind, registration, claim.detail.as_ref()) {
        return Some(reason.to_owned());
    }
    let reason = suppression(suppressed, &(setup.event.organizer, recipient), claim.kind)?;
    Some(format!("the address is suppressed ({reason})"))
}

/// Returns the reason why an organizer sends no message of this kind to an address.
fn suppression<'a>(suppressed: &'a Suppressed, key: &(OrganizerKey, String), kind: MessageKind) -> Option<&'a str> {
    // A recipient who wants no announcements still gets messages about the own tickets.
    let counts = |reason: &&String| kind.can_be_refused() || *reason != "unsubscribed";
    suppressed.get(key)?.iter().find(counts).map(String::as_str)
}

/// Returns the reason why a message is not true any more.
fn outdated(
    kind: MessageKind,
    registration: &Registration,
    detail: Option<&serde_json::Value>,
) -> Option<&'static str> {
    use RegistrationStatus::{AwaitingPayment, Cancelled, Confirmed, Expired};
    let status = registration.status;
    let is_true = match kind {
        MessageKind::PaymentNeeded => status == AwaitingPayment,
        MessageKind::EventChanged => matches!(status, Confirmed | AwaitingPayment),
        MessageKind::Cancelled | MessageKind::Refunded => true,
        MessageKind::Announcement => {
            let statuses = detail.and_then(|detail| detail.get("statuses")?.as_array());
            statuses.is_none_or(|list| list.iter().any(|name| name.as_str() == Some(status.name())))
        }
        _ => status == Confirmed,
    };
    match status {
        AwaitingPayment if is_true && registration.expires_at.is_some_and(|until| until <= Timestamp::now()) => {
            Some("the hold of the seats has ended")
        }
        _ if is_true => None,
        Confirmed => Some("the registration is confirmed"),
        AwaitingPayment => Some("the registration awaits payment"),
        Cancelled => Some("the registration was cancelled"),
        Expired => Some("the registration expired unpaid"),
    }
}
