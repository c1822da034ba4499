//! Reasons against sending a message: it is not true any more, or its address is suppressed.

use jiff::Timestamp;

use super::{RegistrationLetter, compose::Read};
use crate::{
    db::{ClaimedMessage, Suppressed},
    domain::{
        ERASED_ADDRESS, EventStatus, MessageKind, OrganizerKey, Registration, RegistrationStatus, normal_address,
    },
};

/// Returns the reason why a message is not sent: it is not true any more, or its address is suppressed.
pub fn reason_against(
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
    if recipient == ERASED_ADDRESS {
        return Some("the contact has erased the account".to_owned());
    }
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
pub fn suppression<'a>(suppressed: &'a Suppressed, key: &(OrganizerKey, String), kind: MessageKind) -> Option<&'a str> {
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
