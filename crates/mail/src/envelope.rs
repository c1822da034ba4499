//! A message as bytes: headers, text beside HTML, attachments, signature; and the addresses on its envelope.

use std::{str::FromStr, time::SystemTime};

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use lettre::{
    Address, Message,
    message::{
        Attachment as AttachedPart, Body, Mailbox, MessageBuilder, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::{dkim::Dkim, letter::Letter};

/// An address that no message can be sent to or from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the address is not valid")]
pub struct AddressFault;

/// The sender of all messages.
#[derive(Debug, Clone)]
pub struct MailSender {
    from: Mailbox,
    reply_to: Option<Mailbox>,
    /// Address that reports come to; each message has its own, made of it.
    bounces: Option<Address>,
    pub dkim: Option<Dkim>,
    /// True if the mail server is Postmark's, which reports by metadata and not by `Message-ID`.
    pub has_metadata: bool,
}

/// An attached file.
#[derive(Debug, Clone)]
pub struct Attachment {
    pub name: String,
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

/// A message before it becomes bytes.
#[derive(Debug)]
pub struct Mail<'m> {
    pub id: Uuid,
    /// Time of its first attempt: the same on every one.
    pub date: Timestamp,
    /// Name of the sender; if empty, the configured one.
    pub from_name: &'m str,
    pub to_name: &'m str,
    pub to: &'m str,
    /// BCP 47 tag.
    pub language: &'m str,
    pub letter: &'m Letter,
    pub attachments: Vec<Attachment>,
    /// Address that ends messages like this one, with one request.
    pub unsubscribe: Option<String>,
}

impl MailSender {
    /// Reads the addresses: `Name <address>` or an address alone.
    pub fn new(from: &str, reply_to: Option<&str>, bounces: Option<&str>) -> Result<Self, (usize, AddressFault)> {
        let mailbox = |index, text: &str| mailbox(text).map_err(|fault| (index, fault));
        let reply_to = reply_to.map(|text| mailbox(1, text)).transpose()?;
        let bounces = bounces.map(|text| address(text).map_err(|fault| (2, fault))).transpose()?;
        Ok(Self { from: mailbox(0, from)?, reply_to, bounces, dkim: None, has_metadata: false })
    }

    /// Returns the domain of the sender.
    pub fn domain(&self) -> &str {
        self.from.email.domain()
    }

    /// Returns the name of the sender; its address if it has none.
    pub fn name(&self) -> &str {
        self.from.name.as_deref().unwrap_or(self.from.email.as_ref())
    }

    /// Returns the `Message-ID` of a message.
    pub fn message_id(&self, id: Uuid) -> String {
        format!("<{id}@{}>", self.domain())
    }

    /// Returns the address that reports about a message come to, if there is one for reports. Otherwise the sender's.
    pub fn return_path(&self, id: Uuid) -> Address {
        match &self.bounces {
            Some(bounces) => {
                let user = format!("{}+{}", bounces.user(), id.simple());
                Address::new(user, bounces.domain()).unwrap_or_else(|_| bounces.clone())
            }
            None => self.from.email.clone(),
        }
    }

    /// Returns the message as it is sent.
    pub fn write(&self, mail: Mail<'_>) -> Result<Vec<u8>, AddressFault> {
        let date = mail.date;
        let bytes = self.compose(mail)?;
        Ok(match &self.dkim {
            Some(dkim) => dkim.sign(&bytes, date),
            None => bytes,
        })
    }

    fn compose(&self, mail: Mail<'_>) -> Result<Vec<u8>, AddressFault> {
        let Mail { letter, .. } = mail;
        let from_name =
            if mail.from_name.is_empty() { self.from.name.clone() } else { Some(mail.from_name.to_owned()) };
        let to_name = Some(one_line(mail.to_name)).filter(|name| !name.is_empty());
        let mut head = Message::builder()
            .date(SystemTime::from(mail.date))
            .message_id(Some(self.message_id(mail.id)))
            .from(Mailbox::new(from_name.map(|name| one_line(&name)), self.from.email.clone()))
            .to(Mailbox::new(to_name, address(mail.to)?))
            .subject(one_line(&letter.subject));
        if let Some(reply_to) = &self.reply_to {
            head = head.reply_to(reply_to.clone());
        }
        head = with_header(head, "Auto-Submitted", "auto-generated");
        head = with_header(head, "Content-Language", mail.language);
        if self.has_metadata {
            head = with_header(head, "X-PM-Metadata-message", &mail.id.to_string());
            head = with_header(head, "X-PM-KeepID", "true");
        }
        if let Some(unsubscribe) = &mail.unsubscribe {
            head = with_header(head, "List-Unsubscribe", &format!("<{unsubscribe}>"));
            head = with_header(head, "List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        }
        let words = MultiPart::alternative()
            .singlepart(readable(ContentType::TEXT_PLAIN, letter.text.clone())?)
            .singlepart(readable(ContentType::TEXT_HTML, letter.html.clone())?);
        let message = if mail.attachments.is_empty() {
            head.multipart(words)
        } else {
            let add = |parts: MultiPart, file: Attachment| {
                let media_type = ContentType::parse(file.media_type).expect("media types are constants");
                let encoded = Body::dangerous_pre_encoded(base64_lines(&file.bytes), ContentTransferEncoding::Base64);
                parts.singlepart(AttachedPart::new(one_line(&file.name)).body(encoded, media_type))
            };
            head.multipart(mail.attachments.into_iter().fold(MultiPart::mixed().multipart(words), add))
        };
        Ok(message.map_err(|_| AddressFault)?.formatted())
    }
}

/// Returns a part in an encoding that people and [`without_token`] can read.
fn readable(media_type: ContentType, text: String) -> Result<SinglePart, AddressFault> {
    let body = Body::new_with_encoding(text, ContentTransferEncoding::QuotedPrintable).map_err(|_| AddressFault)?;
    Ok(SinglePart::builder().header(media_type).body(body))
}

/// Encodes a file in lines of 76 characters.
fn base64_lines(bytes: &[u8]) -> Vec<u8> {
    const LINE: usize = 57;
    let mut out = Vec::with_capacity(bytes.len() * 4 / 3 + bytes.len() / LINE * 2 + 8);
    let mut line = [0; 76];
    for chunk in bytes.chunks(LINE) {
        let length = STANDARD.encode_slice(chunk, &mut line).expect("57 bytes become 76 characters");
        out.extend(&line[..length]);
        out.extend(b"\r\n");
    }
    out
}

/// Returns a message with `x` in place of each character of a token, wherever a line is folded.
pub fn without_token(message: &[u8], token: &str) -> Vec<u8> {
    const FOLD: &[u8] = b"=\r\n";
    let mut copy = message.to_vec();
    let (Some(first), mut at) = (token.bytes().next(), 0) else { return copy };
    while let Some(found) = message[at..].iter().position(|byte| *byte == first) {
        let start = at + found;
        let mut end = start;
        let is_token = token.bytes().all(|expected| {
            while message[end.min(message.len())..].starts_with(FOLD) {
                end += FOLD.len();
            }
            end += 1;
            message.get(end - 1) == Some(&expected)
        });
        if is_token {
            let hidden = copy[start..end].iter_mut().filter(|byte| !matches!(byte, b'=' | b'\r' | b'\n'));
            hidden.for_each(|byte| *byte = b'x');
        }
        at = if is_token { end } else { start + 1 };
    }
    copy
}

/// Parses an address. A domain with letters of other scripts becomes its ASCII form.
pub fn address(text: &str) -> Result<Address, AddressFault> {
    let (user, domain) = text.trim().rsplit_once('@').ok_or(AddressFault)?;
    let domain =
        if domain.is_ascii() { domain.to_owned() } else { crate::domain::ascii_domain(domain).ok_or(AddressFault)? };
    Address::new(user, domain).map_err(|_| AddressFault)
}

fn mailbox(text: &str) -> Result<Mailbox, AddressFault> {
    Mailbox::from_str(text.trim()).map_err(|_| AddressFault)
}

fn with_header(head: MessageBuilder, name: &'static str, value: &str) -> MessageBuilder {
    let name = HeaderName::new_from_ascii(name.to_owned()).expect("names of headers are constants");
    head.raw_header(HeaderValue::new(name, one_line(value)))
}

/// A text that cannot add a header: its line breaks and other control characters become spaces.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_hidden_also_where_a_line_is_folded() {
        let message =
            b"?token=3DAAF_x-9\r\n?token=3DAA=\r\nF_x-9 AAF\r\nContent-Disposition: attachment\r\n\r\nAAF_x-9";
        let copy = without_token(message, "AAF_x-9");
        let expected =
            "?token=3Dxxxxxxx\r\n?token=3Dxx=\r\nxxxxx AAF\r\nContent-Disposition: attachment\r\n\r\nxxxxxxx";
        assert_eq!(String::from_utf8(copy).unwrap(), expected);
        assert_eq!(without_token(b"a", ""), b"a");
        assert_eq!(without_token(b"AAF_x-", "AAF_x-9"), b"AAF_x-");
    }

    #[test]
    fn return_paths_name_their_message() {
        let sender = MailSender::new("Onsale <tickets@example.com>", None, Some("bounces@bounce.example.com")).unwrap();
        let id = Uuid::from_u128(0x0b2c_5a4e_7d55_4d4b_9d0a_3b6a_4fb1_c0de);
        assert_eq!(sender.return_path(id).to_string(), "bounces+0b2c5a4e7d554d4b9d0a3b6a4fb1c0de@bounce.example.com");
        assert_eq!(sender.message_id(id), "<0b2c5a4e-7d55-4d4b-9d0a-3b6a4fb1c0de@example.com>");
        assert_eq!(MailSender::new("nobody", None, None).unwrap_err().0, 0);
        assert_eq!(MailSender::new("a@b.c", Some("nobody"), None).unwrap_err().0, 1);
        assert_eq!(address("ada@bücher.example").unwrap().to_string(), "ada@xn--bcher-kva.example");
        assert_eq!(address("ada"), Err(AddressFault));
    }
}
