//! All registrants of an event as a CSV file. Cells that a spreadsheet would run as formulas are escaped.

use std::sync::Arc;

use actix_web::{
    HttpResponse,
    http::{StatusCode, header},
    web,
};
use futures_util::{StreamExt, TryStreamExt, stream};
use serde_json::Value;

use super::registrant::Registrant;
use crate::{
    db::{RegistrationFilter, RegistrationPage},
    domain::{EventSetup, Registration, escape_formula},
    http::server::{ApiError, Services, private},
    work::registrants,
};

/// Registrations per read: an export needs the memory of one page only.
const PAGE_SIZE: i64 = 500;
/// Size from which a piece of the file is sent.
const CHUNK_BYTES: usize = 64 * 1024;

/// Streams all registrants that match the filter. If the first page cannot be read, the answer is an error; if a later
/// one cannot, the connection is closed before the end of the body.
pub async fn csv(
    services: web::Data<Services>,
    setup: Arc<EventSetup>,
    filter: RegistrationFilter,
) -> Result<HttpResponse, ApiError> {
    let name = format!("{}-registrations.csv", setup.event.draft.slug);
    let filter = RegistrationFilter { limit: PAGE_SIZE, before: None, ..filter };
    let first = registrants::list(&services.tools.records, &setup, &filter).await?;
    let asked: Vec<_> =
        setup.event.draft.questions.0.iter().map(|question| format!("answers.{}", question.code)).collect();
    let head = web::Bytes::from(csv_line(CSV_HEAD.into_iter().chain(asked.iter().map(String::as_str))));
    let pages = stream::try_unfold(Some(first), move |page| {
        let (services, setup, filter) = (services.clone(), setup.clone(), filter.clone());
        async move {
            let Some(RegistrationPage { rows, is_followed }) = page else { return Ok(None) };
            let next = match rows.last().filter(|_| is_followed) {
                None => None,
                Some(last) => {
                    let filter = RegistrationFilter { before: Some(last.reference.number), ..filter };
                    Some(registrants::list(&services.tools.records, &setup, &filter).await?)
                }
            };
            Ok::<_, ApiError>(Some((chunks(setup, rows), next)))
        }
    });
    let lines = pages.map_ok(|chunks| stream::iter(chunks.map(Ok::<_, ApiError>))).try_flatten();
    Ok(private(StatusCode::OK)
        .content_type("text/csv; charset=utf-8")
        .insert_header((header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .streaming(Box::pin(stream::iter([Ok(head)]).chain(lines))))
}

/// Writes the lines of a page piece by piece: a registration's answers are repeated in the line of each ticket.
fn chunks(setup: Arc<EventSetup>, rows: Vec<Registration>) -> impl Iterator<Item = web::Bytes> {
    let mut lines = rows.into_iter().flat_map(move |row| lines_of(&setup, Registrant::new(&setup, row)));
    std::iter::from_fn(move || {
        let mut chunk = Vec::new();
        while chunk.len() < CHUNK_BYTES
            && let Some(line) = lines.next()
        {
            chunk.extend_from_slice(&line);
        }
        (!chunk.is_empty()).then(|| chunk.into())
    })
}

const INFALLIBLE: &str = "writing to a Vec does not fail";
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

/// Writes an answer as a cell: a text as it is, several options with commas between.
fn cell(answer: &Value) -> String {
    match answer {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(entries) => entries.iter().map(cell).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// Returns a line for each ticket of a registration.
fn lines_of(setup: &EventSetup, mut registrant: Registrant) -> impl Iterator<Item = Vec<u8>> + use<> {
    let asked = setup.event.draft.questions.0.iter().map(|question| cell(&registrant.answers[&question.code]));
    let asked: Vec<_> = asked.collect();
    let (amount, currency) =
        registrant.amount.as_ref().map_or((String::new(), ""), |price| (price.amount.to_string(), price.currency));
    let (created_at, answers) = (registrant.created_at.to_string(), registrant.answers.to_string());
    let tickets = std::mem::take(&mut registrant.tickets);
    tickets.into_iter().map(move |ticket| {
        let fixed = [
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
        csv_line(fixed.into_iter().chain(asked.iter().map(String::as_str)))
    })
}

fn csv_line<'a>(cells: impl Iterator<Item = &'a str>) -> Vec<u8> {
    let mut writer = ::csv::Writer::from_writer(Vec::new());
    let cells: Vec<_> = cells.map(escape_formula).collect();
    writer.write_record(cells.iter().map(|cell| cell.as_bytes())).expect(INFALLIBLE);
    writer.into_inner().expect(INFALLIBLE)
}
