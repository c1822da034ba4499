//! Reports of mail providers: SES (by way of SNS), Postmark and Mailgun. Each proves that it comes from the provider.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;

use super::{Records, Refusal, messages};
use crate::{
    domain::MessageState,
    mail::{DeliveryReport, status_in},
    outside::{SnsContent, SnsFault, SnsMessage, SnsTopic},
};

/// Proofs that providers give with their reports. A provider without a proof is not listened to.
#[derive(Default)]
pub struct Providers {
    /// The topic of SES's notifications.
    pub ses: Option<SnsTopic>,
    /// Password of the basic authentication of Postmark's requests.
    pub postmark: Option<String>,
    /// Mailgun's key for signatures.
    pub mailgun: Option<String>,
}

/// Greatest difference between the time of a signature and now.
const MAX_AGE_SECONDS: i64 = 15 * 60;

/// Receives a notification of SES.
pub async fn ses(records: &Records, providers: &Providers, message: &SnsMessage) -> Result<(), Refusal> {
    let topic = providers.ses.as_ref().ok_or(Refusal::NotFound)?;
    match topic.receive(message).await {
        Ok(SnsContent::Notification(text)) => {
            let event: Value = serde_json::from_str(&text).unwrap_or_default();
            record(records, ses_report(&event)).await
        }
        Ok(SnsContent::Confirmed) => {
            tracing::info!("the subscription to reports of SES is confirmed");
            Ok(())
        }
        Ok(SnsContent::Other) => Ok(()),
        Err(SnsFault::Fetch(error)) => {
            tracing::warn!(error, "a certificate of SNS was not fetched");
            Err(Refusal::Unavailable)
        }
        Err(fault) => {
            tracing::warn!(%fault, "a message of SNS was refused");
            Err(Refusal::Unauthenticated)
        }
    }
}

/// Receives an event of Postmark; `password` is that of its basic authentication.
pub async fn postmark(
    records: &Records,
    providers: &Providers,
    password: Option<&str>,
    event: &Value,
) -> Result<(), Refusal> {
    let expected = providers.postmark.as_ref().ok_or(Refusal::NotFound)?;
    let given = password.unwrap_or_default();
    if !bool::from(given.as_bytes().ct_eq(expected.as_bytes())) {
        return Err(Refusal::Unauthenticated);
    }
    record(records, postmark_report(event)).await
}

/// An event of Mailgun.
#[derive(Debug, Deserialize)]
pub struct MailgunEvent {
    signature: MailgunSignature,
    #[serde(rename = "event-data")]
    data: Value,
}

#[derive(Debug, Deserialize)]
struct MailgunSignature {
    timestamp: String,
    token: String,
    signature: String,
}

/// Receives an event of Mailgun. Each one is accepted once.
pub async fn mailgun(records: &Records, providers: &Providers, event: &MailgunEvent) -> Result<(), Refusal> {
    let key = providers.mailgun.as_ref().ok_or(Refusal::NotFound)?;
    let MailgunSignature { timestamp, token, signature } = &event.signature;
    let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC accepts keys of any length");
    mac.update(timestamp.as_bytes());
    mac.update(token.as_bytes());
    let expected: String = mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let age = timestamp.parse::<i64>().map(|seconds| Timestamp::now().as_second() - seconds);
    let is_fresh = age.is_ok_and(|age| age.abs() <= MAX_AGE_SECONDS);
    if !is_fresh || !bool::from(expected.as_bytes().ct_eq(signature.as_bytes())) {
        return Err(Refusal::Unauthenticated);
    }
    // The report first: if it fails, Mailgun sends the event again. A replay changes nothing.
    record(records, mailgun_report(&event.data)).await?;
    match records.database.use_event_token(token).await? {
        true => Ok(()),
        false => Err(Refusal::conflict("this event was received before")),
    }
}

async fn record(records: &Records, report: Option<DeliveryReport>) -> Result<(), Refusal> {
    if let Some(report) = report {
        messages::report(records, &report).await?;
    }
    Ok(())
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Finds the id of a message in its return path or its `Message-ID`.
fn message_in(text: &str) -> Option<Uuid> {
    let tags = text.split(['+', '@', '<', '>', ' ']);
    tags.filter(|tag| tag.len() == 32 || tag.len() == 36).find_map(|tag| Uuid::try_parse(tag).ok())
}

fn ses_report(event: &Value) -> Option<DeliveryReport> {
    let headers = event.pointer("/mail/headers").and_then(Value::as_array).into_iter().flatten();
    let mut ids = headers.filter(|header| text(header, "/name").eq_ignore_ascii_case("message-id"));
    let message = message_in(text(event, "/mail/source"))
        .or_else(|| ids.find_map(|header| message_in(text(header, "/value"))))?;
    let kind = [text(event, "/eventType"), text(event, "/notificationType")].concat();
    let recipient = event.pointer("/bounce/bouncedRecipients/0").unwrap_or(&Value::Null);
    let (state, status, reply) = match kind.as_str() {
        "Bounce" => {
            let (kind, cause) = (text(event, "/bounce/bounceType"), text(event, "/bounce/bounceSubType"));
            let status = status_in(text(recipient, "/status"));
            let reply = format!("{kind} {cause} {}", text(recipient, "/diagnosticCode"));
            match kind {
                "Transient" => (MessageState::Delayed, status, reply),
                // Of an address that does not exist, SES does not always know the code.
                "Permanent" if matches!(cause, "General" | "NoEmail" | "Suppressed" | "OnAccountSuppressionList") => {
                    (MessageState::Bounced, Some("5.1.1".to_owned()), reply)
                }
                _ => (MessageState::Bounced, status, reply),
            }
        }
        "Complaint" => (MessageState::Complained, None, text(event, "/complaint/complaintFeedbackType").to_owned()),
        "Delivery" => (MessageState::Delivered, None, text(event, "/delivery/smtpResponse").to_owned()),
        "DeliveryDelay" => (MessageState::Delayed, None, text(event, "/deliveryDelay/delayType").to_owned()),
        "Reject" => (MessageState::Bounced, None, text(event, "/reject/reason").to_owned()),
        _ => return None,
    };
    Some(DeliveryReport::new(message, state, status, &reply))
}

fn postmark_report(event: &Value) -> Option<DeliveryReport> {
    let message = Uuid::try_parse(text(event, "/Metadata/message")).ok()?;
    let (kind, reply) = (text(event, "/Type"), text(event, "/Description"));
    let (state, status) = match (text(event, "/RecordType"), kind) {
        ("Delivery", _) => (MessageState::Delivered, None),
        ("SpamComplaint", _) | ("Bounce", "SpamComplaint" | "SpamNotification") => (MessageState::Complained, None),
        ("Bounce", "HardBounce" | "BadEmailAddress") => (MessageState::Bounced, Some("5.1.1".to_owned())),
        ("Bounce", "Transient" | "DnsError") => (MessageState::Delayed, None),
        ("Bounce", _) => (MessageState::Bounced, None),
        _ => return None,
    };
    let reply = if reply.is_empty() { text(event, "/Details") } else { reply };
    Some(DeliveryReport::new(message, state, status, reply))
}

fn mailgun_report(data: &Value) -> Option<DeliveryReport> {
    let message = message_in(text(data, "/message/headers/message-id"))?;
    let reply = [text(data, "/delivery-status/message"), text(data, "/delivery-status/description")]
        .into_iter()
        .find(|text| !text.is_empty())
        .unwrap_or_default();
    let code = data.pointer("/delivery-status/code").and_then(Value::as_i64).unwrap_or_default();
    let (state, status) = match (text(data, "/event"), text(data, "/severity")) {
        ("delivered", _) => (MessageState::Delivered, None),
        ("complained", _) => (MessageState::Complained, None),
        ("failed", "temporary") => (MessageState::Delayed, None),
        ("failed" | "rejected", _) => {
            (MessageState::Bounced, status_in(reply).or_else(|| status_in(&code.to_string())))
        }
        _ => return None,
    };
    Some(DeliveryReport::new(message, state, status, reply))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "0b2c5a4e-7d55-4d4b-9d0a-3b6a4fb1c0de";

    fn source() -> String {
        format!("bounces+{}@example.com", ID.replace('-', ""))
    }

    fn parts(report: Option<DeliveryReport>) -> Option<(MessageState, bool)> {
        let report = report?;
        assert_eq!(report.message.to_string(), ID);
        Some((report.state, report.ends_address()))
    }

    #[test]
    fn events_of_ses_are_read() {
        let bounce = |kind: &str, cause: &str| {
            json!({"eventType": "Bounce", "mail": {"source": source(), "messageId": "0100"},
                "bounce": {"bounceType": kind, "bounceSubType": cause, "bouncedRecipients": [
                    {"emailAddress": "ada@example.com", "status": "5.2.2", "diagnosticCode": "smtp; 552 full"}]}})
        };
        assert_eq!(parts(ses_report(&bounce("Permanent", "General"))), Some((MessageState::Bounced, true)));
        assert_eq!(parts(ses_report(&bounce("Permanent", "MailboxFull"))), Some((MessageState::Bounced, false)));
        assert_eq!(parts(ses_report(&bounce("Transient", "General"))), Some((MessageState::Delayed, false)));
        let by_header = json!({"notificationType": "Delivery", "delivery": {"smtpResponse": "250 ok"},
            "mail": {"source": "tickets@example.com", "headers": [{"name": "Message-ID", "value": format!("<{ID}@example.com>")}]}});
        assert_eq!(parts(ses_report(&by_header)), Some((MessageState::Delivered, false)));
        let complaint = json!({"eventType": "Complaint", "mail": {"source": source()}, "complaint": {}});
        assert_eq!(parts(ses_report(&complaint)), Some((MessageState::Complained, true)));
        assert_eq!(ses_report(&json!({"eventType": "Open", "mail": {"source": source()}})), None);
        assert_eq!(ses_report(&json!({"eventType": "Bounce", "mail": {"source": "a@b.c"}})), None);
        assert_eq!(ses_report(&Value::Null), None);
    }

    #[test]
    fn events_of_postmark_are_read() {
        let event = |record: &str, kind: &str| {
            postmark_report(
                &json!({"RecordType": record, "Type": kind, "MessageID": "other", "Metadata": {"message": ID}}),
            )
        };
        assert_eq!(parts(event("Bounce", "HardBounce")), Some((MessageState::Bounced, true)));
        assert_eq!(parts(event("Bounce", "SoftBounce")), Some((MessageState::Bounced, false)));
        assert_eq!(parts(event("Bounce", "Transient")), Some((MessageState::Delayed, false)));
        assert_eq!(parts(event("Delivery", "")), Some((MessageState::Delivered, false)));
        assert_eq!(parts(event("SpamComplaint", "")), Some((MessageState::Complained, true)));
        assert_eq!(event("Open", ""), None);
        assert_eq!(postmark_report(&json!({"RecordType": "Delivery"})), None);
    }

    #[test]
    fn events_of_mailgun_are_read() {
        let event = |kind: &str, severity: &str, status: Value| {
            mailgun_report(&json!({"event": kind, "severity": severity, "delivery-status": status,
                "message": {"headers": {"message-id": format!("{ID}@example.com")}}}))
        };
        assert_eq!(parts(event("delivered", "", json!({}))), Some((MessageState::Delivered, false)));
        assert_eq!(parts(event("failed", "permanent", json!({"code": 550}))), Some((MessageState::Bounced, true)));
        let blocked = json!({"code": 550, "message": "5.7.1 spam"});
        assert_eq!(parts(event("failed", "permanent", blocked)), Some((MessageState::Bounced, false)));
        assert_eq!(parts(event("failed", "temporary", json!({"code": 451}))), Some((MessageState::Delayed, false)));
        assert_eq!(parts(event("complained", "", json!({}))), Some((MessageState::Complained, true)));
        assert_eq!(event("opened", "", json!({})), None);
    }
}
