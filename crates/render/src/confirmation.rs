//! Confirmation of a registration: event, ticket type, time, payment and attendees.

use std::sync::Arc;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{
    locale::LocaleFormatter,
    paper::{Column, LEFT, Paper, RIGHT, TextFormat},
    pool::RenderError,
    text::FontLibrary,
    ticket::Rendered,
};
use crate::domain::{ContentHash, EventSetup, Registration, RegistrationId, layout::Format};

/// Labels of a confirmation in one language.
struct Labels {
    language: &'static str,
    title: &'static str,
    number: &'static str,
    made: &'static str,
    kind: &'static str,
    payment: &'static str,
    free: &'static str,
    ticket: &'static str,
    name: &'static str,
    email: &'static str,
}

const LABELS: [Labels; 4] = [
    Labels {
        language: "en",
        title: "Registration confirmation",
        number: "Registration",
        made: "Registered",
        kind: "Ticket type",
        payment: "Paid",
        free: "free of charge",
        ticket: "Ticket",
        name: "Name",
        email: "E-mail",
    },
    Labels {
        language: "de",
        title: "Anmeldebestätigung",
        number: "Anmeldung",
        made: "Angemeldet",
        kind: "Ticketart",
        payment: "Bezahlt",
        free: "kostenlos",
        ticket: "Ticket",
        name: "Name",
        email: "E-Mail",
    },
    Labels {
        language: "fr",
        title: "Confirmation d’inscription",
        number: "Inscription",
        made: "Inscrit le",
        kind: "Catégorie",
        payment: "Payé",
        free: "gratuit",
        ticket: "Billet",
        name: "Nom",
        email: "E-mail",
    },
    Labels {
        language: "es",
        title: "Confirmación de inscripción",
        number: "Inscripción",
        made: "Inscrito el",
        kind: "Tipo de entrada",
        payment: "Pagado",
        free: "gratis",
        ticket: "Entrada",
        name: "Nombre",
        email: "Correo",
    },
];

/// Returns the hash of all inputs of a confirmation made at `made_at`.
pub fn confirmation_hash(setup: &EventSetup, registration: &Registration, made_at: Timestamp) -> ContentHash {
    let mut hash = Sha256::new();
    hash.update("onsale confirmation 1\n");
    hash.update(setup.print_hash.0);
    let Registration { reference, type_number, created_at, paid_at, amount, .. } = registration;
    hash.update(format!("{} {type_number:?} {created_at} {paid_at:?} {amount:?} {made_at}\n", reference.number));
    for ticket in registration.tickets.iter().filter(|ticket| !ticket.revoked) {
        hash.update(format!("{} {:?} {:?}\n", ticket.position, ticket.name, ticket.email));
    }
    ContentHash(hash.finalize().into())
}

/// Renders the confirmation of a registration. `made_at` is printed at the foot.
pub fn confirmation(
    library: &Arc<FontLibrary>,
    setup: &EventSetup,
    registration: &Registration,
    made_at: Timestamp,
) -> Result<Rendered, RenderError> {
    let draft = &setup.event.draft;
    let formatter = LocaleFormatter::new(&draft.timezone, &draft.language);
    let labels = LABELS.iter().find(|labels| labels.language == formatter.language()).unwrap_or(&LABELS[0]);
    let id = RegistrationId { code: setup.event.code.clone(), number: registration.reference.number };
    let moment = |at| formatter.moment(at, Format::Plain);
    let footer = format!("{} · {id} · {}", setup.event.organizer_name, made_at.strftime("%Y-%m-%d %H:%M:%S UTC"));
    let mut paper = Paper::new(footer);
    paper.line(TextFormat::plain(9.0).gray(), 6.0, labels.title);
    paper.line(TextFormat::plain(22.0).bold().lines(2), 11.5 + 9.0 * extra_lines(&draft.title, 34), &draft.title);
    paper.line(TextFormat::plain(10.0).bold(), 5.2, &formatter.days(draft.starts_at, draft.ends_at));
    paper.line(TextFormat::plain(10.0), 5.2, &formatter.hours(draft.starts_at, draft.ends_at));
    paper.line(TextFormat::plain(10.0), 5.2, &draft.venue.name);
    paper.line(TextFormat::plain(9.0).gray(), 9.0, draft.venue.address.as_deref().unwrap_or_default());
    paper.rule();
    paper.y += 3.0;
    let kind = setup.ticket_type(registration.type_number);
    let payment = match registration.amount {
        None => labels.free.to_owned(),
        Some(amount) => {
            kind.map(|kind| formatter.amount(amount, kind.price.currency, Format::Plain)).unwrap_or_default()
        }
    };
    let facts = [
        (labels.number, id.to_string()),
        (labels.made, moment(registration.created_at)),
        (labels.kind, kind.map(|kind| kind.name.clone()).unwrap_or_default()),
        (labels.payment, payment),
    ];
    for (label, value) in facts {
        paper.text(LEFT, paper.y, 40.0, TextFormat::plain(9.0).gray(), label);
        paper.text(LEFT + 42.0, paper.y, RIGHT - LEFT - 42.0, TextFormat::plain(9.5).bold(), &value);
        paper.y += 6.0;
    }
    paper.y += 6.0;
    let column = |x: f32, width: f32| Column { x, width, format: TextFormat::plain(9.0).lines(2) };
    let columns = [column(LEFT, 40.0), column(62.0, 66.0), column(130.0, 60.0)];
    let tickets = registration.tickets.iter().filter(|ticket| !ticket.revoked);
    let rows = tickets.map(|ticket| vec![id.ticket_label(ticket.position), ticket.name.clone(), ticket.email.clone()]);
    paper.table(&columns, &[labels.ticket, labels.name, labels.email], rows);
    paper.finish(library, setup, confirmation_hash(setup, registration, made_at))
}

/// Estimates how many lines follow the first one if a line has `letters` letters; at most 1.
fn extra_lines(text: &str, letters: usize) -> f32 {
    if text.chars().count() > letters { 1.0 } else { 0.0 }
}
