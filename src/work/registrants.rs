//! Lists of an event's registrations and revoked codes, for its organizer and its gates.

use std::sync::Arc;

use super::{Caller, Records, Refusal};
use crate::{
    db::{RegistrationFilter, RegistrationPage, RevokedCode},
    domain::{EventSetup, RegistrationId, RegistrationStatus, Scope},
};

/// Filter and page of a list of registrations.
#[derive(Debug)]
pub struct Filter {
    /// Parts of a name and of an e-mail address, or a registration id.
    pub search: Option<String>,
    /// Code of a ticket type.
    pub ticket_type: Option<String>,
    pub status: Option<RegistrationStatus>,
    /// Only registrations with a smaller number.
    pub before: Option<i32>,
    pub limit: i64,
}

/// Checks the caller's rights on an event, and resolves the names in a filter.
pub async fn filter(
    records: &Records,
    caller: &Caller,
    event: &str,
    filter: Filter,
) -> Result<(Arc<EventSetup>, RegistrationFilter), Refusal> {
    let setup = records.own_event(caller, Scope::RegistrationsRead, event).await?;
    let Filter { search, ticket_type, status, before, limit } = filter;
    let type_number = match ticket_type {
        None => None,
        Some(code) => {
            let found = setup.types.iter().find(|t| t.code.as_str() == code);
            let unknown = || Refusal::invalid("/ticketType", "the event has no such ticket type");
            Some(found.ok_or_else(unknown)?.number)
        }
    };
    let id: Option<RegistrationId> = search.as_deref().and_then(|text| text.parse().ok());
    let number = id.filter(|id| id.code == setup.event.code).map(|id| id.number);
    Ok((setup, RegistrationFilter { type_number, status, search, number, before, limit }))
}

/// Lists registrations of an event, newest first. The filter comes from [`filter`], which checks the caller's rights.
pub async fn list(
    records: &Records,
    setup: &EventSetup,
    filter: &RegistrationFilter,
) -> Result<RegistrationPage, Refusal> {
    let _permit = records.read_permit(setup.event.organizer).await?;
    Ok(records.database.list_registrations(setup.event.key, filter).await?)
}

/// Lists codes that gates must refuse although their signatures are valid; `after` is number and position of the last
/// one of the page before.
pub async fn revoked_codes(
    records: &Records,
    caller: &Caller,
    event: &str,
    after: (i32, i16),
    limit: i64,
) -> Result<(Arc<EventSetup>, Vec<RevokedCode>), Refusal> {
    let setup = records.own_event(caller, Scope::RegistrationsRead, event).await?;
    let codes = records.database.revoked_codes(setup.event.key, after, limit).await?;
    Ok((setup, codes))
}
