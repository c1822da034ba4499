//! The data of a person: handed out as a whole, and erased.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    super::{Caller, Files, Records, Refusal, Tools},
    account_of, tickets,
};
use crate::domain::{Attendee, ERASED_ADDRESS, normal_address, ticket_words};

/// Registrations that are read at once.
const PAGE: i64 = 100;
/// Messages that are handed out, the oldest first.
const MAX_MESSAGES: i64 = 10_000;
/// Name on tickets of people who were erased.
const ERASED_NAME: &str = "–";
/// Registrations whose tickets are added to the address book at once, and how many times that is done before an account
/// is erased.
const ADDED: i32 = 500;
const MAX_ROUNDS: usize = 200;

/// Returns everything that is known about the person who is signed in.
pub async fn export(records: &Records, caller: &Caller) -> Result<Value, Refusal> {
    let person = records.person(caller).await?;
    let account = account_of(records, &person).await?;
    let sessions = records.database.sessions(account.key, records.access.sessions().life()).await?;
    let mut registrations = Vec::new();
    let mut after = tickets::FIRST;
    loop {
        let (places, page) = tickets::page(records, &person.address, after, PAGE, true).await?;
        let Some(last) = places.last() else { break };
        after = *last;
        for own in &page {
            let answers = match own.access_token {
                Some(_) => records.database.registration(own.registration.reference).await?.and_then(|row| row.answers),
                None => None,
            };
            registrations.push(registration_json(own, answers));
        }
    }
    let messages = records.database.messages_to(&person.address, MAX_MESSAGES).await?;
    let suppressions = records.database.suppressions_of(&person.address).await?;
    Ok(json!({
        "exportedAt": Timestamp::now(),
        "account": {
            "id": account.id,
            "email": account.email,
            "name": account.name,
            "locale": account.language,
            "createdAt": account.created_at,
            "secondFactor": account.second_factor.is_some(),
        },
        "sessions": sessions.iter().map(|session| json!({
            "createdAt": session.created_at,
            "lastSeenAt": session.seen_at,
            "device": session.device,
            "network": session.network,
        })).collect::<Vec<_>>(),
        "organizers": person.memberships.iter().map(|place| json!({
            "slug": place.slug,
            "name": place.name,
            "role": place.role.name(),
        })).collect::<Vec<_>>(),
        "registrations": registrations,
        "messages": messages.iter().map(|message| json!({
            "kind": message.kind.name(),
            "status": message.state.name(),
            "createdAt": message.created_at,
            "sentAt": message.sent_at,
        })).collect::<Vec<_>>(),
        "suppressions": suppressions.iter().map(|(organizer, reason, since)| json!({
            "organizer": organizer,
            "reason": reason,
            "createdAt": since,
        })).collect::<Vec<_>>(),
    }))
}

fn registration_json(own: &tickets::OwnRegistration, answers: Option<Value>) -> Value {
    let (draft, registration) = (&own.setup.event.draft, &own.registration);
    json!({
        "registrationId": own.setup.registration_id(registration.reference.number).to_string(),
        "event": { "slug": draft.slug, "title": draft.title, "startsAt": draft.starts_at },
        "status": registration.status.name(),
        "createdAt": registration.created_at,
        "tickets": own.tickets.iter().map(|ticket| json!({
            "ticketId": ticket.id,
            "name": ticket.name,
            "email": ticket.email,
        })).collect::<Vec<_>>(),
        "answers": answers,
    })
}

/// Removes a person's name and address from all registrations, messages and records of downloads. Codes stay valid.
pub(super) async fn erase_traces(tools: &Tools, address: &str) -> Result<(), Refusal> {
    let Tools { records, files, .. } = tools;
    let database = &records.database;
    complete_address_book(records).await?;
    let first = tickets::FIRST;
    loop {
        // Each erased registration leaves the address book, so that the first page is always the next one.
        let page = database.registrations_of_address(address, first, PAGE, true).await?;
        if page.is_empty() {
            break;
        }
        for (_, of) in page {
            // Without a registration, the entry of the address book goes all the same.
            let registration = database.registration_without_answers(of).await?;
            let tickets = registration.map(|registration| registration.tickets).unwrap_or_default();
            let own = tickets.iter().filter(|ticket| normal_address(&ticket.email) == address);
            let positions: Vec<_> = own.map(|ticket| ticket.position).collect();
            if positions.contains(&1) {
                delete_copies(files, database.copies_of_registration(of).await?).await?;
            }
            let instead = Attendee { name: ERASED_NAME.to_owned(), email: ERASED_ADDRESS.to_owned() };
            let words = ticket_words(&instead);
            let erased = database.erase_person(of, address, &positions, &instead, &words).await;
            erased.map_err(Refusal::from_write)?;
            files.links.invalidate(of.event);
        }
    }
    delete_copies(files, database.copies_to(address).await?).await?;
    Ok(database.forget_address(address).await?)
}

/// Adds the newest registrations to the address book, which is some seconds behind. Refuses while a sale is far ahead.
async fn complete_address_book(records: &Records) -> Result<(), Refusal> {
    for _ in 0..MAX_ROUNDS {
        if !records.database.add_ticket_words(ADDED).await?.more {
            return Ok(());
        }
    }
    Err(Refusal::Overloaded)
}

async fn delete_copies(files: &Files, keys: Vec<String>) -> Result<(), Refusal> {
    for key in keys {
        files.urls.store().delete(&key).await.map_err(|error| {
            tracing::error!(%error, "the copy of a message was not erased");
            Refusal::Unavailable
        })?;
    }
    Ok(())
}
