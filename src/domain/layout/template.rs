//! Texts with placeholders: `{attendee.name}`, `{event.startsAt|weekday|upper}`. `{{` and `}}` are braces.

use std::fmt;

/// A text with places to fill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template(pub Vec<Piece>);

/// Words as they are, or something to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Words(String),
    Value { field: Field, format: Format, case: Case },
}

/// What is known and can be printed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Known(Known),
    /// An answer given with the registration, by its key.
    Answer(String),
}

/// What kind of thing a field holds, and so how it can be formatted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Moment,
    Money,
}

/// How long a date is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateStyle {
    /// Saturday, November 8, 2025
    Full,
    /// November 8, 2025
    Long,
    /// Nov 8, 2025
    Medium,
    /// 11/8/25
    Short,
}

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// As it is: text; a moment's long date and hour; money with its currency.
    Plain,
    Date(DateStyle),
    Time,
    Weekday,
    /// 2025-11-08
    IsoDate,
    /// Money without its currency.
    Amount,
}

/// What becomes of capital letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Kept,
    Upper,
    Lower,
}

macro_rules! fields {
    ($($variant:ident = $name:literal, $kind:ident, $of_ticket:literal, $help:literal;)*) => {
        /// Fields whose names are fixed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Known { $(#[doc = $help] $variant),* }

        impl Known {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Its name between braces.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// What it says.
            pub const fn help(self) -> &'static str {
                match self { $(Self::$variant => $help),* }
            }

            /// What kind of thing it is.
            pub const fn kind(self) -> FieldKind {
                match self { $(Self::$variant => FieldKind::$kind),* }
            }

            /// Whether it differs from ticket to ticket of an event.
            pub const fn is_of_ticket(self) -> bool {
                match self { $(Self::$variant => $of_ticket),* }
            }
        }
    };
}

fields! {
    EventTitle = "event.title", Text, false, "The event's title.";
    EventDescription = "event.description", Text, false, "Its description.";
    EventCategory = "event.category", Text, false, "Its category.";
    EventVenue = "event.venue", Text, false, "The name of the place.";
    EventAddress = "event.address", Text, false, "The address of the place.";
    EventOrganizer = "event.organizer", Text, false, "Who organizes it.";
    EventCode = "event.code", Text, false, "What its registration ids begin with.";
    EventTimezone = "event.timezone", Text, false, "Its time zone, such as Asia/Kolkata.";
    EventDate = "event.date", Text, false, "The day, or the first and the last, in the event's language.";
    EventTime = "event.time", Text, false, "The hours from start to end.";
    EventStartsAt = "event.startsAt", Moment, false, "When it starts.";
    EventEndsAt = "event.endsAt", Moment, false, "When it ends.";
    TicketLabel = "ticket.label", Text, true, "The ticket's readable label, such as GDN2025-0001-1.";
    TicketPosition = "ticket.position", Text, true, "Which of its registration's tickets it is, from 1.";
    TicketCount = "ticket.count", Text, true, "How many tickets its registration has.";
    TicketType = "ticket.type", Text, true, "The name of its type.";
    TicketTypeCode = "ticket.typeCode", Text, true, "The code of its type.";
    TicketTypeDescription = "ticket.typeDescription", Text, true, "The description of its type.";
    TicketPrice = "ticket.price", Money, true, "What its type costs.";
    AttendeeName = "attendee.name", Text, true, "Whom the ticket names.";
    AttendeeEmail = "attendee.email", Text, true, "Their e-mail address.";
    RegistrationId = "registration.id", Text, true, "The registration's id, such as GDN2025-0001.";
    RegistrationContact = "registration.contact", Text, true, "The name of its first attendee.";
    RegistrationCreatedAt = "registration.createdAt", Moment, true, "When it was made.";
}

impl Field {
    /// Reads a field's name.
    pub fn parse(name: &str) -> Result<Self, String> {
        if let Some(key) = name.strip_prefix("answers.").filter(|key| !key.is_empty()) {
            return Ok(Self::Answer(key.to_owned()));
        }
        let known = Known::ALL.iter().find(|known| known.name() == name);
        known.map(|known| Self::Known(*known)).ok_or_else(|| {
            let closest = Known::ALL
                .iter()
                .map(|known| known.name())
                .find(|known| known.eq_ignore_ascii_case(name) || known.rsplit('.').next() == name.rsplit('.').next());
            match closest {
                Some(closest) => format!("there is no placeholder {{{name}}}; did you mean {{{closest}}}?"),
                None => format!("there is no placeholder {{{name}}}"),
            }
        })
    }

    /// What kind of thing it is.
    pub fn kind(&self) -> FieldKind {
        match self {
            Self::Known(known) => known.kind(),
            Self::Answer(_) => FieldKind::Text,
        }
    }

    /// Whether all tickets of a type say the same.
    pub fn is_of_type(&self) -> bool {
        use Known::{TicketPrice, TicketType, TicketTypeCode, TicketTypeDescription};
        matches!(self, Self::Known(TicketType | TicketTypeCode | TicketTypeDescription | TicketPrice))
    }

    /// Whether it differs from ticket to ticket of an event.
    pub fn is_of_ticket(&self) -> bool {
        match self {
            Self::Known(known) => known.is_of_ticket(),
            Self::Answer(_) => true,
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Known(known) => f.write_str(known.name()),
            Self::Answer(key) => write!(f, "answers.{key}"),
        }
    }
}

impl Piece {
    /// Whether it is a field that all tickets of a type share.
    pub fn is_of_type(&self) -> bool {
        matches!(self, Self::Value { field, .. } if field.is_of_type())
    }
}

impl Template {
    /// Reads a text with placeholders.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            words.push_str(&rest[..at]);
            let (brace, after) = (rest.as_bytes()[at], &rest[at + 1..]);
            if let Some(after) = after.strip_prefix(char::from(brace)) {
                words.push(char::from(brace));
                rest = after;
            } else if brace == b'{' {
                let (inner, after) =
                    after.split_once('}').ok_or("a `{` is never closed: write `{{` for a brace that is printed")?;
                if !words.is_empty() {
                    pieces.push(Piece::Words(std::mem::take(&mut words)));
                }
                pieces.push(placeholder(inner)?);
                rest = after;
            } else {
                return Err("a `}` closes nothing: write `}}` for a brace that is printed".into());
            }
        }
        words.push_str(rest);
        if !words.is_empty() {
            pieces.push(Piece::Words(words));
        }
        Ok(Self(pieces))
    }
}

fn placeholder(inner: &str) -> Result<Piece, String> {
    let mut parts = inner.split('|').map(str::trim);
    let field = Field::parse(parts.next().unwrap_or_default())?;
    let (mut format, mut case) = (Format::Plain, Case::Kept);
    for name in parts {
        match (name, field.kind()) {
            ("upper", _) => case = Case::Upper,
            ("lower", _) => case = Case::Lower,
            ("full", FieldKind::Moment) => format = Format::Date(DateStyle::Full),
            ("date" | "long", FieldKind::Moment) => format = Format::Date(DateStyle::Long),
            ("medium", FieldKind::Moment) => format = Format::Date(DateStyle::Medium),
            ("short", FieldKind::Moment) => format = Format::Date(DateStyle::Short),
            ("iso", FieldKind::Moment) => format = Format::IsoDate,
            ("time", FieldKind::Moment) => format = Format::Time,
            ("weekday", FieldKind::Moment) => format = Format::Weekday,
            ("amount", FieldKind::Money) => format = Format::Amount,
            (name, FieldKind::Text) => {
                return Err(format!("{{{field}}} has no format `{name}`: it is text, with upper and lower"));
            }
            (name, FieldKind::Moment) => {
                return Err(format!(
                    "{{{field}}} has no format `{name}`: it is a date, with full, date, medium, short, iso, time, weekday, \
                     upper and lower"
                ));
            }
            (name, FieldKind::Money) => {
                return Err(format!("{{{field}}} has no format `{name}`: it is money, with amount, upper and lower"));
            }
        }
    }
    Ok(Piece::Value { field, format, case })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_placeholders_take_turns() {
        let Template(pieces) = Template::parse("Hi {attendee.name|upper}, {{see}} {answers.shirt size}").unwrap();
        assert_eq!(
            pieces,
            [
                Piece::Words("Hi ".into()),
                Piece::Value { field: Field::Known(Known::AttendeeName), format: Format::Plain, case: Case::Upper },
                Piece::Words(", {see} ".into()),
                Piece::Value { field: Field::Answer("shirt size".into()), format: Format::Plain, case: Case::Kept },
            ]
        );
    }

    #[test]
    fn a_mistake_is_named() {
        for (text, says) in [
            ("{attendee.nam}", "there is no placeholder {attendee.nam}"),
            ("{Event.Title}", "did you mean {event.title}?"),
            ("{name}", "did you mean {attendee.name}?"),
            ("{event.title|time}", "it is text"),
            ("{event.startsAt|amount}", "it is a date"),
            ("{ticket.price|time}", "it is money"),
            ("{event.title", "never closed"),
            ("a } b", "closes nothing"),
            ("{}", "there is no placeholder {}"),
        ] {
            let error = Template::parse(text).unwrap_err();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
