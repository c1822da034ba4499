//! Placeholders of messages: those of layouts that do not name a single ticket, and a few of their own.

use std::fmt;

use crate::domain::{
    MessageKind, MessageTopic,
    layout::{Field, FieldKind, Known, TemplateField},
};

/// A value that a placeholder in a message can refer to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailField {
    /// A field that layouts have too.
    Shared(Field),
    Own(OwnField),
}

/// Kinds of messages that have a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Of {
    Every,
    Topic(MessageTopic),
    Kinds(&'static [MessageKind]),
}

const REGISTRATION: Of = Of::Topic(MessageTopic::Registration);
const PAYMENT: Of = Of::Kinds(&[MessageKind::PaymentNeeded, MessageKind::PaymentReceived]);
const CODE: Of = Of::Kinds(&[MessageKind::Verify]);
const CONFIRM: Of = Of::Topic(MessageTopic::Account);
const TEAM: Of = Of::Kinds(&[MessageKind::Invitation]);
const NOTICE: Of = Of::Kinds(&[MessageKind::AccountNotice]);
const ANNOUNCEMENT: Of = Of::Kinds(&[MessageKind::Announcement]);

macro_rules! own_fields {
    ($($variant:ident = $name:literal, $kind:ident, $of:expr, $help:literal;)*) => {
        /// Fields that only messages have.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum OwnField { $(#[doc = $help] $variant),* }

        impl OwnField {
            /// Every own field.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the name between the braces.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// Returns a description for users.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),* }
            }

            /// Returns the type of the value.
            const fn kind(self) -> FieldKind {
                match self { $(Self::$variant => FieldKind::$kind),* }
            }

            const fn of(self) -> Of {
                match self { $(Self::$variant => $of),* }
            }
        }
    };
}

own_fields! {
    RecipientName = "recipient.name", Text, Of::Every, "The name of the person whom the message is sent to.";
    OrderLink = "links.order", Text, REGISTRATION, "The page of the registration.";
    CalendarLink = "links.calendar", Text, REGISTRATION, "The event as a calendar file.";
    PayLink = "links.pay", Text, PAYMENT, "The page of the payment.";
    ConfirmLink = "links.confirm", Text, CONFIRM, "The page that completes what was asked for.";
    UnsubscribeLink = "links.unsubscribe", Text, ANNOUNCEMENT, "The page that ends announcements of the organizer.";
    PaymentTotal = "payment.total", Money, PAYMENT, "The amount of the registration.";
    PaymentUntil = "payment.until", Moment, PAYMENT, "The time until which unpaid seats are held.";
    PaymentRefunded = "payment.refunded", Money, Of::Kinds(&[MessageKind::Refunded]), "The amount that is paid back.";
    Changes = "event.changes", Text, Of::Kinds(&[MessageKind::EventChanged]), "What has changed, a line each.";
    Code = "code", Text, CODE, "The code of six digits that confirms an address.";
    TeamOrganizer = "team.organizer", Text, TEAM, "The organizer whose team a person is invited to.";
    TeamInviter = "team.inviter", Text, TEAM, "The person who invites.";
    NoticeTitle = "notice.title", Text, NOTICE, "What happened to the account, in a few words.";
    NoticeText = "notice.text", Text, NOTICE, "The same in sentences, with what to do.";
    AnnouncementSubject = "announcement.subject", Text, ANNOUNCEMENT, "The subject of the announcement.";
    AnnouncementBody = "announcement.body", Text, ANNOUNCEMENT, "The text of the announcement.";
}

impl MailField {
    /// True if messages of this kind have the field.
    pub fn is_of(&self, kind: MessageKind) -> bool {
        match self {
            Self::Shared(_) => kind.topic() == MessageTopic::Registration,
            Self::Own(own) => match own.of() {
                Of::Every => true,
                Of::Topic(topic) => kind.topic() == topic,
                Of::Kinds(kinds) => kinds.contains(&kind),
            },
        }
    }

    /// Lists the fields of a kind of message with their descriptions, without answers.
    pub fn list(kind: MessageKind) -> impl Iterator<Item = (&'static str, &'static str)> {
        let shared = Known::ALL.iter().copied().filter(|known| is_shared(*known));
        let shared = shared.map(|known| (Self::Shared(Field::Known(known)), known.name(), known.help()));
        let own = OwnField::ALL.iter().map(|own| (Self::Own(*own), own.name(), own.help()));
        own.chain(shared).filter(move |(field, ..)| field.is_of(kind)).map(|(_, name, help)| (name, help))
    }
}

/// False for fields of a single ticket: a message is about all tickets of a registration.
fn is_shared(known: Known) -> bool {
    use Known::{AttendeeEmail, AttendeeName, TicketLabel, TicketPosition};
    !matches!(known, AttendeeName | AttendeeEmail | TicketLabel | TicketPosition)
}

impl TemplateField for MailField {
    fn parse(name: &str) -> Result<Self, String> {
        if let Some(own) = OwnField::ALL.iter().find(|own| own.name() == name) {
            return Ok(Self::Own(*own));
        }
        match Field::parse(name)? {
            Field::Known(known) if !is_shared(known) => {
                Err(format!("{{{name}}} is of one ticket; a message is about all tickets of a registration"))
            }
            field => Ok(Self::Shared(field)),
        }
    }

    fn kind(&self) -> FieldKind {
        match self {
            Self::Shared(field) => field.kind(),
            Self::Own(own) => own.kind(),
        }
    }
}

impl fmt::Display for MailField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shared(field) => field.fmt(f),
            Self::Own(own) => f.write_str(own.name()),
        }
    }
}
