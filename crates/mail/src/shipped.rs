//! The templates that Onsale ships: one structure for each kind, and its texts in eight languages.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::draft::{Block, LinkTo, MailDraft};
use crate::domain::{MessageKind, MessageTopic};

/// Languages of the shipped templates. The first one is used for all others.
pub const LANGUAGES: [&str; 8] = ["en", "de", "fr", "es", "pt", "hi", "ar", "ja"];

/// The texts of one language.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Texts {
    greeting: String,
    calendar: String,
    /// Reason for messages about a registration, at their end.
    registration_footer: String,
    /// The same for messages that were asked for.
    request_footer: String,
    unsubscribe: String,
    kinds: BTreeMap<String, KindTexts>,
}

/// The texts of one kind of message.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct KindTexts {
    subject: String,
    heading: String,
    text: String,
    button: Option<String>,
    small: Option<String>,
}

static TEXTS: LazyLock<Vec<Texts>> = LazyLock::new(|| {
    let files = [
        include_str!("texts/en.toml"),
        include_str!("texts/de.toml"),
        include_str!("texts/fr.toml"),
        include_str!("texts/es.toml"),
        include_str!("texts/pt.toml"),
        include_str!("texts/hi.toml"),
        include_str!("texts/ar.toml"),
        include_str!("texts/ja.toml"),
    ];
    files.map(|file| toml::from_str(file).expect("a test reads every file")).into()
});

/// Returns the shipped template of a kind in a language (a BCP 47 tag), or in English.
pub fn shipped_draft(kind: MessageKind, language: &str) -> MailDraft {
    let base = language.split('-').next().unwrap_or_default();
    let index = LANGUAGES.iter().position(|shipped| base.eq_ignore_ascii_case(shipped)).unwrap_or(0);
    let texts = &TEXTS[index];
    let of_kind = texts.kinds.get(kind.name()).expect("a test finds every kind in every file");
    let mut blocks = vec![Block::Heading(of_kind.heading.clone())];
    blocks.push(Block::Text(match kind {
        MessageKind::Announcement => of_kind.text.clone(),
        _ => format!("{}\n\n{}", texts.greeting, of_kind.text),
    }));
    blocks.extend(facts(kind));
    if let (Some(label), Some(to)) = (&of_kind.button, button(kind)) {
        blocks.push(Block::Button { label: label.clone(), to });
    }
    if matches!(kind, MessageKind::Confirmation | MessageKind::PaymentReceived) {
        blocks.push(Block::Button { label: texts.calendar.clone(), to: LinkTo::Calendar });
    }
    blocks.extend(of_kind.small.clone().map(Block::Small));
    blocks.push(Block::Rule);
    blocks.push(Block::Small(match kind.topic() {
        MessageTopic::Registration => texts.registration_footer.clone(),
        MessageTopic::Address | MessageTopic::Account => texts.request_footer.clone(),
    }));
    if kind.can_be_refused() {
        blocks.push(Block::Small(texts.unsubscribe.clone()));
    }
    MailDraft { subject: of_kind.subject.clone(), preview: None, blocks }
}

/// The blocks below the text of a kind.
fn facts(kind: MessageKind) -> Vec<Block> {
    use MessageKind as Kind;
    match kind {
        Kind::Confirmation | Kind::PaymentReceived | Kind::TicketReissued => vec![Block::Event, Block::Tickets],
        Kind::PaymentNeeded | Kind::Cancelled | Kind::Refunded | Kind::EventChanged => vec![Block::Event],
        Kind::TicketLinks => vec![Block::Registrations],
        Kind::Verify => vec![Block::Code],
        Kind::Reset | Kind::Invitation | Kind::Announcement => Vec::new(),
    }
}

/// The page that the button of a kind leads to.
fn button(kind: MessageKind) -> Option<LinkTo> {
    use MessageKind as Kind;
    match kind {
        Kind::Confirmation | Kind::PaymentReceived | Kind::TicketReissued | Kind::EventChanged | Kind::Announcement => {
            Some(LinkTo::Order)
        }
        Kind::PaymentNeeded => Some(LinkTo::Pay),
        Kind::Verify | Kind::Reset | Kind::Invitation => Some(LinkTo::Confirm),
        Kind::Cancelled | Kind::Refunded | Kind::TicketLinks => None,
    }
}
