//! Texts with placeholders such as `{attendee.name}` or `{event.startsAt|weekday|upper}`. `{{` and `}}` print braces.

use std::fmt;

/// A text with placeholders for fields of type `F`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template<F = Field>(pub Vec<Piece<F>>);

/// A fixed text or a placeholder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece<F = Field> {
    Words(String),
    Value { field: F, format: Format, case: Case },
}

/// The fields of one kind of template.
pub trait TemplateField: Sized + fmt::Display {
    /// Parses a field's name.
    fn parse(name: &str) -> Result<Self, String>;

    /// Returns the type of the field's value.
    fn kind(&self) -> FieldKind;
}

impl TemplateField for Field {
    fn parse(name: &str) -> Result<Self, String> {
        Self::parse(name)
    }

    fn kind(&self) -> FieldKind {
        self.kind()
    }
}

/// A value that a placeholder can refer to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    Known(Known),
    /// An answer of the registration, by its key.
    Answer(String),
}

/// Type of a field's value, which determines its formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Moment,
    Money,
}

/// Style of a printed date.
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

/// Format of a printed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// The default: text unchanged, a moment as long date and time, money with its currency.
    Plain,
    Date(DateStyle),
    Time,
    Weekday,
    /// 2025-11-08
    IsoDate,
    /// Money without its currency.
    Amount,
}

/// Conversion to upper or lower case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    Kept,
    Upper,
    Lower,
}

macro_rules! fields {
    ($($variant:ident = $name:literal, $kind:ident, $of_ticket:literal, $help:literal;)*) => {
        /// Built-in fields, as opposed to answers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Known { $(#[doc = $help] $variant),* }

        impl Known {
            /// Every built-in field.
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
            pub const fn kind(self) -> FieldKind {
                match self { $(Self::$variant => FieldKind::$kind),* }
            }

            /// Returns true if the value can differ between tickets of an event.
            pub const fn is_of_ticket(self) -> bool {
                match self { $(Self::$variant => $of_ticket),* }
            }
        }
    };
}

fields! {
    EventTitle = "event.title", Text, false, "The event's title.";
    EventDescription = "event.description", Text, false, "The event's description.";
    EventCategory = "event.category", Text, false, "The event's category.";
    EventVenue = "event.venue", Text, false, "The name of the venue.";
    EventAddress = "event.address", Text, false, "The address of the venue.";
    EventOrganizer = "event.organizer", Text, false, "The name of the organizer.";
    EventCode = "event.code", Text, false, "The prefix of the event's registration ids, such as GDN2025.";
    EventTimezone = "event.timezone", Text, false, "The event's time zone, such as Asia/Kolkata.";
    EventDate = "event.date", Text, false, "The event's day, or its first and last day, in the event's language.";
    EventTime = "event.time", Text, false, "The times of start and end.";
    EventStartsAt = "event.startsAt", Moment, false, "The start of the event.";
    EventEndsAt = "event.endsAt", Moment, false, "The end of the event.";
    TicketLabel = "ticket.label", Text, true, "The ticket's readable label, such as GDN2025-0001-1.";
    TicketPosition = "ticket.position", Text, true, "The ticket's number within its registration, from 1.";
    TicketCount = "ticket.count", Text, true, "The number of tickets in the registration.";
    TicketType = "ticket.type", Text, true, "The name of the ticket type.";
    TicketTypeCode = "ticket.typeCode", Text, true, "The code of the ticket type.";
    TicketTypeDescription = "ticket.typeDescription", Text, true, "The description of the ticket type.";
    TicketPrice = "ticket.price", Money, true, "The price of the ticket type; empty if it is free.";
    AttendeeName = "attendee.name", Text, true, "The attendee's name.";
    AttendeeEmail = "attendee.email", Text, true, "The attendee's e-mail address.";
    RegistrationId = "registration.id", Text, true, "The registration's id, such as GDN2025-0001.";
    RegistrationContact = "registration.contact", Text, true, "The name of the registration's first attendee.";
    RegistrationCreatedAt = "registration.createdAt", Moment, true, "The time of the registration.";
}

impl Field {
    /// Parses a field's name.
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

    /// Returns the type of the value.
    pub fn kind(&self) -> FieldKind {
        match self {
            Self::Known(known) => known.kind(),
            Self::Answer(_) => FieldKind::Text,
        }
    }

    /// Returns true if the value is the same for all tickets of a ticket type, but can differ between types.
    pub fn is_of_type(&self) -> bool {
        use Known::{TicketPrice, TicketType, TicketTypeCode, TicketTypeDescription};
        matches!(self, Self::Known(TicketType | TicketTypeCode | TicketTypeDescription | TicketPrice))
    }

    /// Returns true if the value can differ between tickets of an event.
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
    /// Returns true for a placeholder whose field satisfies [`Field::is_of_type`].
    pub fn is_of_type(&self) -> bool {
        matches!(self, Self::Value { field, .. } if field.is_of_type())
    }
}

impl<F: TemplateField> Template<F> {
    /// Parses a text with placeholders.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            literal.push_str(&rest[..at]);
            let (brace, after) = (rest.as_bytes()[at], &rest[at + 1..]);
            if let Some(after) = after.strip_prefix(char::from(brace)) {
                literal.push(char::from(brace));
                rest = after;
            } else if brace == b'{' {
                let (inner, after) =
                    after.split_once('}').ok_or("a `{` is never closed: write `{{` to print a brace")?;
                if !literal.is_empty() {
                    pieces.push(Piece::Words(std::mem::take(&mut literal)));
                }
                pieces.push(parse_placeholder(inner)?);
                rest = after;
            } else {
                return Err("a `}` has no matching `{`: write `}}` to print a brace".into());
            }
        }
        literal.push_str(rest);
        if !literal.is_empty() {
            pieces.push(Piece::Words(literal));
        }
        Ok(Self(pieces))
    }
}

/// Parses the text between the braces of a placeholder.
fn parse_placeholder<F: TemplateField>(inner: &str) -> Result<Piece<F>, String> {
    let mut parts = inner.split('|').map(str::trim);
    let field = F::parse(parts.next().unwrap_or_default())?;
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
    fn a_template_mixes_text_and_placeholders() {
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
    fn an_error_names_the_mistake() {
        for (text, expected) in [
            ("{attendee.nam}", "there is no placeholder {attendee.nam}"),
            ("{Event.Title}", "did you mean {event.title}?"),
            ("{name}", "did you mean {attendee.name}?"),
            ("{event.title|time}", "it is text"),
            ("{event.startsAt|amount}", "it is a date"),
            ("{ticket.price|time}", "it is money"),
            ("{event.title", "never closed"),
            ("a } b", "no matching"),
            ("{}", "there is no placeholder {}"),
        ] {
            let error = Template::<Field>::parse(text).unwrap_err();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
