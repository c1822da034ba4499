//! The templates that Onsale ships: one structure for each kind, and its texts in eight languages.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

use super::draft::{Block, LinkTo, MailDraft};
use crate::domain::{AccountNotice, LANGUAGES, MessageKind, MessageTopic, page_language};

/// The texts of one language.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Texts {
    greeting: String,
    /// Greeting of somebody whose name only another one has told.
    nameless_greeting: String,
    calendar: String,
    /// Reason for messages about a registration, at their end.
    registration_footer: String,
    /// The same for messages that were asked for.
    request_footer: String,
    /// The same for notices about an account.
    account_footer: String,
    unsubscribe: String,
    kinds: BTreeMap<String, KindTexts>,
    notices: BTreeMap<String, NoticeTexts>,
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

/// The texts of one notice about an account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeTexts {
    pub title: String,
    pub text: String,
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

/// Returns the texts of a language (a BCP 47 tag), or the English ones.
fn texts(language: &str) -> &'static Texts {
    let language = page_language(language).unwrap_or(LANGUAGES[0]);
    &TEXTS[LANGUAGES.iter().position(|shipped| *shipped == language).unwrap_or(0)]
}

/// Returns the texts of a notice in a language (a BCP 47 tag), or in English.
pub fn notice_texts(notice: AccountNotice, language: &str) -> &'static NoticeTexts {
    texts(language).notices.get(notice.name()).expect("a test finds every notice in every file")
}

/// Returns the shipped template of a kind in a language (a BCP 47 tag), or in English.
pub fn shipped_draft(kind: MessageKind, language: &str) -> MailDraft {
    let texts = texts(language);
    let of_kind = texts.kinds.get(kind.name()).expect("a test finds every kind in every file");
    let mut blocks = vec![Block::Heading(of_kind.heading.clone())];
    blocks.push(Block::Text(match kind {
        MessageKind::Announcement => of_kind.text.clone(),
        // The name was not told by the recipient.
        MessageKind::Verify | MessageKind::Invitation => format!("{}\n\n{}", texts.nameless_greeting, of_kind.text),
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
        _ if kind == MessageKind::AccountNotice => texts.account_footer.clone(),
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
        Kind::Reset | Kind::Invitation | Kind::Announcement | Kind::AccountNotice => Vec::new(),
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
        Kind::Verify | Kind::Reset | Kind::Invitation | Kind::AccountNotice => Some(LinkTo::Confirm),
        Kind::Cancelled | Kind::Refunded | Kind::TicketLinks => None,
    }
}
