//! Reports of mail servers about messages (RFC 3464), and of recipients who mark them as spam (RFC 5965).

use std::sync::LazyLock;

use mail_parser::{Message, MessageParser, MimeHeaders, PartType};
use uuid::Uuid;

use crate::domain::MessageState;

/// Report about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryReport {
    pub message: Uuid,
    /// Delivered, delayed, bounced or complained.
    pub state: MessageState,
    /// Enhanced status code, such as `5.1.1`.
    pub status: Option<String>,
    /// The words of the mail server, on one line.
    pub reply: String,
}

/// Characters of a reply that are kept.
const MAX_REPLY: usize = 500;

impl DeliveryReport {
    /// Creates a report, with the reply in one line.
    pub fn new(message: Uuid, state: MessageState, status: Option<String>, reply: &str) -> Self {
        Self { message, state, status, reply: short_line(reply) }
    }

    /// True if the address does not exist or does not accept messages at all, so that nothing more should be sent to it.
    pub fn ends_address(&self) -> bool {
        match self.state {
            MessageState::Complained => true,
            MessageState::Bounced => self.status.as_deref().is_some_and(ends_address),
            _ => false,
        }
    }
}

/// True for status codes of addresses that do not exist (`5.1.x` without senders' faults) or are disabled (`5.2.1`).
pub fn ends_address(status: &str) -> bool {
    matches!(status, "5.1.0" | "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1" | "5.4.4")
}

/// Returns a text on one line, shortened.
pub fn short_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().filter(|c| !c.is_control()).take(MAX_REPLY).collect()
}

/// Reads a report as a mail server delivers it. `None` if it is not about a message of ours, or is no report: an automatic
/// answer of a person, for example.
pub fn read_report(bytes: &[u8]) -> Option<DeliveryReport> {
    static PARSER: LazyLock<MessageParser> = LazyLock::new(MessageParser::new);
    let report = PARSER.parse(bytes)?;
    let fields = fields(&report, bytes);
    let status = fields.status().or_else(|| status_of_text(&report));
    let state = state(&fields, status.as_deref())?;
    let message = message_in_addresses(&report).or_else(|| message_in_original(&report, bytes))?;
    let reply = ["diagnostic-code", "status"].iter().find_map(|name| fields.get(name)).map(str::to_owned);
    let reply = reply.or_else(|| report.body_text(0).map(|text| text.into_owned())).unwrap_or_default();
    Some(DeliveryReport::new(message, state, status, &reply))
}

/// The fields of a report's machine-readable part; of a report without one, those found in its text.
struct Fields(Vec<(String, String)>);

impl Fields {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The enhanced status code: of its own field, or in the words of the server.
    fn status(&self) -> Option<String> {
        ["status", "diagnostic-code"].iter().find_map(|name| self.get(name).and_then(status_in))
    }
}

/// Reads the lines `Name: value` of the part about the delivery. A line that begins with a space continues the one before.
fn fields(report: &Message<'_>, bytes: &[u8]) -> Fields {
    let machine = |part: &&mail_parser::MessagePart<'_>| {
        let content_type = part.content_type();
        content_type.is_some_and(|kind| {
            kind.c_type.eq_ignore_ascii_case("message")
                && kind.c_subtype.as_deref().is_some_and(|subtype| {
                    ["delivery-status", "global-delivery-status", "feedback-report"]
                        .iter()
                        .any(|known| subtype.eq_ignore_ascii_case(known))
                })
        })
    };
    let text = match report.parts.iter().find(machine) {
        Some(part) => String::from_utf8_lossy(part.contents()).into_owned(),
        // A report that a server wrote by its own rules: the whole text is searched.
        None => String::from_utf8_lossy(bytes).into_owned(),
    };
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        match line.split_once(':') {
            _ if line.starts_with([' ', '\t']) => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(' ');
                    value.push_str(line.trim());
                }
            }
            Some((name, value)) => fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned())),
            None => {}
        }
    }
    Fields(fields)
}

fn state(fields: &Fields, status: Option<&str>) -> Option<MessageState> {
    if fields.get("feedback-type").is_some() {
        return Some(MessageState::Complained);
    }
    match fields.get("action").map(|action| action.split_whitespace().next().unwrap_or_default().to_ascii_lowercase()) {
        Some(action) if action == "failed" => return Some(MessageState::Bounced),
        Some(action) if action == "delayed" => return Some(MessageState::Delayed),
        Some(action) if action == "delivered" => return Some(MessageState::Delivered),
        // Passed on to a server that sends no reports.
        Some(action) if action == "relayed" || action == "expanded" => return Some(MessageState::Sent),
        _ => {}
    }
    match status?.as_bytes()[0] {
        b'5' => Some(MessageState::Bounced),
        b'4' => Some(MessageState::Delayed),
        _ => Some(MessageState::Delivered),
    }
}

/// Finds a status code in the words of a report that a server wrote by its own rules. Automatic answers of persons are no
/// reports, whatever they quote.
fn status_of_text(report: &Message<'_>) -> Option<String> {
    let answered = report.header_raw("Auto-Submitted").is_some_and(|value| value.contains("auto-replied"));
    if answered || !is_from_a_server(report) {
        return None;
    }
    report.body_text(0).and_then(|text| status_in(&text))
}

fn is_from_a_server(report: &Message<'_>) -> bool {
    let from = report.from().and_then(|from| from.first()).and_then(|from| from.address()).unwrap_or_default();
    let from = from.to_ascii_lowercase();
    from.is_empty() || from.starts_with("mailer-daemon") || from.starts_with("postmaster")
}

/// Finds an enhanced status code in a text.
pub fn enhanced_status_in(text: &str) -> Option<String> {
    let enhanced = |word: &&str| {
        let parts: Vec<_> = word.split('.').collect();
        parts.len() == 3
            && matches!(parts[0], "2" | "4" | "5")
            && parts[1..].iter().all(|part| !part.is_empty() && part.len() <= 3)
    };
    let words = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|word| word.trim_matches('.'));
    words.into_iter().find(enhanced).map(str::to_owned)
}

/// Finds an enhanced status code in a text, or makes one of a reply code.
pub fn status_in(text: &str) -> Option<String> {
    let mut words = text.split(|c: char| !(c.is_ascii_digit() || c == '.')).map(|word| word.trim_matches('.'));
    let reply = |word: &&str| word.len() == 3 && matches!(word.as_bytes()[0], b'4' | b'5') && !word.contains('.');
    enhanced_status_in(text).or_else(|| {
        // 550 says that there is no such mailbox, unless an enhanced code says otherwise.
        words.find(reply).map(|code| match code {
            "550" | "551" | "553" => "5.1.1".to_owned(),
            code => format!("{}.0.0", &code[..1]),
        })
    })
}

/// Finds the id in the address that the report was sent to: the return path of the message.
fn message_in_addresses(report: &Message<'_>) -> Option<Uuid> {
    ["To", "Delivered-To", "X-Original-To", "Envelope-To"]
        .iter()
        .flat_map(|name| report.headers_raw().filter(move |(known, _)| known.eq_ignore_ascii_case(name)))
        .find_map(|(_, value)| {
            let tags = value.split(['+', '@', '<', '>', ' ', ',']);
            tags.filter(|tag| tag.len() == 32).find_map(|tag| Uuid::try_parse(tag).ok())
        })
}

/// Finds the id in the `Message-ID` of the returned message, or of its headers.
fn message_in_original(report: &Message<'_>, bytes: &[u8]) -> Option<Uuid> {
    let id = |text: &str| text.trim_matches(['<', '>', ' ']).split('@').next().and_then(|id| Uuid::try_parse(id).ok());
    let returned = report.parts.iter().find_map(|part| match &part.body {
        PartType::Message(message) => message.message_id().and_then(id),
        _ => None,
    });
    returned.or_else(|| {
        let text = String::from_utf8_lossy(bytes);
        let lines = text.lines().filter_map(|line| line.split_once(':'));
        lines.filter(|(name, _)| name.trim().eq_ignore_ascii_case("message-id")).find_map(|(_, value)| id(value.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b2c5a4e-7d55-4d4b-9d0a-3b6a4fb1c0de";

    fn report(to: &str, status: &str, original: &str) -> Vec<u8> {
        format!(
            "From: MAILER-DAEMON@mx.example.com (Mail Delivery System)\r\nTo: {to}\r\nSubject: Undelivered\r\n\
             Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nI am sorry.\r\n\
             --b\r\nContent-Type: message/delivery-status\r\n\r\n\
             Reporting-MTA: dns; mx.example.com\r\n\r\nFinal-Recipient: rfc822; ada@example.com\r\n{status}\r\n\
             --b\r\nContent-Type: text/rfc822-headers\r\n\r\n{original}\r\n--b--\r\n"
        )
        .into_bytes()
    }

    fn verp() -> String {
        format!("bounces+{}@example.com", ID.replace('-', ""))
    }

    #[test]
    fn reports_name_their_message_by_address_or_by_the_returned_headers() {
        let failed = "Action: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1\r\n <ada@example.com>: no such user\r\n";
        for bytes in [
            report(&verp(), failed, "Subject: x\r\n"),
            report("bounces@example.com", failed, &format!("Message-ID: <{ID}@example.com>\r\n")),
        ] {
            let report = read_report(&bytes).unwrap();
            assert_eq!((report.message.to_string().as_str(), report.state), (ID, MessageState::Bounced));
            assert_eq!(report.status.as_deref(), Some("5.1.1"));
            assert_eq!(report.reply, "smtp; 550 5.1.1 <ada@example.com>: no such user");
            assert!(report.ends_address());
        }
        assert_eq!(read_report(&report("bounces@example.com", failed, "Subject: x\r\n")), None);
    }

    #[test]
    fn every_action_is_read() {
        for (status, state, ends) in [
            ("Action: delayed\r\nStatus: 4.4.1\r\n", Some(MessageState::Delayed), false),
            ("Action: delivered\r\nStatus: 2.0.0\r\n", Some(MessageState::Delivered), false),
            ("Action: relayed\r\nStatus: 2.0.0\r\n", Some(MessageState::Sent), false),
            ("Action: failed (mailbox is full)\r\nStatus: 5.2.2\r\n", Some(MessageState::Bounced), false),
            // Half-broken reports.
            ("Status: 5.1.1 (bad destination)\r\n", Some(MessageState::Bounced), true),
            ("Diagnostic-Code: smtp; 452 4.2.2 full\r\n", Some(MessageState::Delayed), false),
            ("Diagnostic-Code: smtp; 550 unknown user\r\n", Some(MessageState::Bounced), true),
            ("Action:\r\n", None, false),
        ] {
            let read = read_report(&report(&verp(), status, ""));
            assert_eq!(read.as_ref().map(|report| report.state), state, "{status}");
            assert_eq!(read.is_some_and(|report| report.ends_address()), ends, "{status}");
        }
    }

    #[test]
    fn texts_of_servers_are_read_and_answers_of_persons_are_not() {
        let plain = |from: &str, extra: &str, text: &str| {
            format!("From: {from}\r\nTo: {}\r\nSubject: x\r\n{extra}\r\n{text}\r\n", verp()).into_bytes()
        };
        let text = "Hi. This is the program at mx.example.com.\r\nRemote host said: 550 5.1.1 no such user";
        let bounced = read_report(&plain("MAILER-DAEMON@mx.example.com", "", text)).unwrap();
        assert_eq!((bounced.state, bounced.status.as_deref()), (MessageState::Bounced, Some("5.1.1")));
        assert_eq!(read_report(&plain("ada@example.com", "", "I am away. My room is 550.")), None);
        let vacation = plain("postmaster@example.com", "Auto-Submitted: auto-replied\r\n", "Away until 550");
        assert_eq!(read_report(&vacation), None);
        assert_eq!(read_report(b""), None);
        assert_eq!(read_report(&[0xff; 64]), None);
    }

    #[test]
    fn complaints_are_read() {
        let bytes = format!(
            "From: fbl@provider.example\r\nTo: abuse@example.com\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=feedback-report; boundary=\"b\"\r\n\r\n\
             --b\r\nContent-Type: text/plain\r\n\r\nspam\r\n\
             --b\r\nContent-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n\r\n\
             --b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <{ID}@example.com>\r\nSubject: x\r\n\r\ntext\r\n--b--\r\n"
        );
        let report = read_report(bytes.as_bytes()).unwrap();
        assert_eq!((report.message.to_string().as_str(), report.state), (ID, MessageState::Complained));
        assert!(report.ends_address());
    }
}
