//! All registrants of an event in one CSV file, safe to open in a spreadsheet.

use std::sync::Arc;

use actix_web::{HttpResponse, http::header, web};
use futures_util::stream;

use super::{Services, error::ApiError, registrants::Registrant};
use crate::{
    db::RegistrantFilter,
    domain::{EventSetup, Registration, without_formula},
};

/// All registrants as a stream of pages: an export of any size costs the memory of one.
pub fn csv(services: web::Data<Services>, setup: Arc<EventSetup>, filter: RegistrantFilter) -> HttpResponse {
    const PAGE: i64 = 500;
    let name = format!("{}-registrations.csv", setup.event.draft.slug);
    let first = RegistrantFilter { limit: PAGE, before: None, ..filter };
    let pages = stream::try_unfold(Some((first, true)), move |state| {
        let (services, setup) = (services.clone(), setup.clone());
        async move {
            let Some((mut filter, with_head)) = state else { return Ok(None) };
            let rows = services.database.registrants(setup.event.key, &filter).await.map_err(ApiError::from)?;
            filter.before = rows.last().map(|row| row.reference.number);
            let more = rows.len() as i64 == PAGE;
            let text = csv_rows(&setup, rows, with_head);
            Ok::<_, ApiError>(Some((web::Bytes::from(text), more.then_some((filter, false)))))
        }
    });
    HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .insert_header((header::CACHE_CONTROL, "private, no-store"))
        .streaming(Box::pin(pages))
}

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
    let memory = "writing to memory does not fail";
    if with_head {
        writer.write_record(CSV_HEAD).expect(memory);
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
            writer.write_record(cells.map(without_formula).iter().map(|cell| cell.as_bytes())).expect(memory);
        }
    }
    writer.into_inner().expect(memory)
}
