//! All registrants of an event as a CSV file. Cells that a spreadsheet would run as formulas are escaped.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web,
};
use futures_util::stream;

use super::registrant::Registrant;
use crate::{
    db::RegistrationFilter,
    domain::{EventSetup, Registration, escape_formula},
    http::server::{ApiError, Services, private},
    work::registrations,
};

/// Registrations per read: an export needs the memory of one page only.
const PAGE_SIZE: i64 = 500;

/// Streams all registrants that match the filter.
pub fn csv(services: web::Data<Services>, setup: Arc<EventSetup>, filter: RegistrationFilter) -> HttpResponse {
    let name = format!("{}-registrations.csv", setup.event.draft.slug);
    let first = RegistrationFilter { limit: PAGE_SIZE, before: None, ..filter };
    let pages = stream::try_unfold(Some((first, true)), move |state| {
        let (services, setup) = (services.clone(), setup.clone());
        async move {
            let Some((mut filter, with_head)) = state else { return Ok(None) };
            let rows = registrations::list(&services.tools.records, &setup, &filter).await?;
            filter.before = rows.last().map(|row| row.reference.number);
            let full = rows.len() as i64 == PAGE_SIZE;
            let text = csv_rows(&setup, rows, with_head);
            Ok::<_, ApiError>(Some((web::Bytes::from(text), full.then_some((filter, false)))))
        }
    });
    private(StatusCode::OK)
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(Box::pin(pages))
}

const INFALLIBLE: &str = "every record has 11 cells, and writing to a Vec does not fail";
const CSV_HEAD: [&str; 11] = [
    "registrationId",
    "ticketLabel",
    "name",
    "email",
    "ticketType",
    "status",
    "paymentStatus",
    "amount",
    "currency",
    "createdAt",
    "answers",
];

fn csv_rows(setup: &EventSetup, rows: Vec<Registration>, with_head: bool) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    if with_head {
        writer.write_record(CSV_HEAD).expect(INFALLIBLE);
    }
    for registrant in rows.into_iter().map(|row| Registrant::new(setup, row)) {
        let (amount, currency) =
            registrant.amount.as_ref().map_or((String::new(), ""), |price| (price.amount.to_string(), price.currency));
        let created_at = registrant.created_at.to_string();
        let answers = registrant.answers.to_string();
        for ticket in &registrant.tickets {
            let cells = [
                registrant.registration_id.as_str(),
                &ticket.label,
                &ticket.name,
                &ticket.email,
                &registrant.ticket_type,
                registrant.status,
                registrant.payment_status,
                &amount,
                currency,
                &created_at,
                &answers,
            ];
            writer.write_record(cells.map(escape_formula).iter().map(|cell| cell.as_bytes())).expect(INFALLIBLE);
        }
    }
    writer.into_inner().expect(INFALLIBLE)
}
