//! A message as bytes: headers, text beside HTML, attachments, signature; and the addresses on its envelope.

use std::{str::FromStr, time::SystemTime};

use jiff::Timestamp;
use lettre::{
    Address, Message,
    message::{
        Attachment as AttachedPart, Mailbox, MessageBuilder, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
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

    /// Returns the message without a signature.
    pub fn compose(&self, mail: Mail<'_>) -> Result<Vec<u8>, AddressFault> {
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
            .singlepart(SinglePart::plain(letter.text.clone()))
            .singlepart(SinglePart::html(letter.html.clone()));
        let message = if mail.attachments.is_empty() {
            head.multipart(words)
        } else {
            let add = |parts: MultiPart, file: Attachment| {
                let media_type = ContentType::parse(file.media_type).expect("media types are constants");
                parts.singlepart(AttachedPart::new(one_line(&file.name)).body(file.bytes, media_type))
            };
            head.multipart(mail.attachments.into_iter().fold(MultiPart::mixed().multipart(words), add))
        };
        Ok(message.map_err(|_| AddressFault)?.formatted())
    }
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
