use std::collections::BTreeSet;

use super::*;
use crate::domain::{
    AccountNotice, LANGUAGES, MessageKind,
    layout::{Case, Field, Format, Known},
};

const ACCENT: &str = "#1f6f4a";

fn look(language: &str) -> Look {
    Look {
        language: language.into(),
        is_rtl: language == "ar",
        sender: "Gardenia Collective".into(),
        accent: ACCENT.into(),
        on_accent: "#ffffff".into(),
        banner: None,
    }
}

/// Values of a registration with two tickets; `name` is the recipient's.
struct Sample {
    name: &'static str,
    title: &'static str,
}

const SAMPLE: Sample = Sample { name: "Ada Lovelace", title: "Gardenia 2025" };

impl MailValues for Sample {
    fn value(&self, field: &MailField, _: Format) -> String {
        let value = match field {
            MailField::Own(own) => match own {
                OwnField::RecipientName => self.name,
                OwnField::OrderLink => "https://tickets.example/registrations/GDN2025-0001?token=a&b",
                OwnField::CalendarLink => "https://tickets.example/registrations/GDN2025-0001.ics?token=a&b",
                OwnField::PayLink => "https://tickets.example/pay/1",
                OwnField::ConfirmLink => "https://tickets.example/verify/1",
                OwnField::UnsubscribeLink => "https://tickets.example/unsubscribe/1",
                OwnField::PaymentTotal | OwnField::PaymentRefunded => "₹2,500.00",
                OwnField::PaymentUntil => "November 1, 2025 at 6:15 PM",
                OwnField::Changes => "Begins at 10:00 instead of 9:00\nPlace: Main Lawn",
                OwnField::Code => "482915",
                OwnField::TeamOrganizer => "Gardenia Collective",
                OwnField::TeamInviter => "Grace Hopper",
                OwnField::NoticeTitle => "Your password was changed",
                OwnField::NoticeText => "If it was not you, choose a new password now.",
                OwnField::AnnouncementSubject => "Trains on Saturday",
                OwnField::AnnouncementBody => "The last train leaves at 23:40.\n\nSee you there!",
            },
            MailField::Shared(Field::Known(known)) => match known {
                Known::EventTitle => self.title,
                Known::EventDate => "Saturday, November 8, 2025",
                Known::EventTime => "2:30 PM – 11:30 PM",
                Known::EventVenue => "Main Lawn",
                Known::EventOrganizer => "Gardenia Collective",
                Known::RegistrationId => "GDN2025-0001",
                // The venue has no address.
                _ => "",
            },
            MailField::Shared(Field::Answer(_)) => "",
        };
        value.to_owned()
    }

    fn in_case(&self, text: String, case: Case) -> String {
        if case == Case::Upper { text.to_uppercase() } else { text }
    }

    fn rows(&self, kind: RowKind) -> Vec<Row> {
        let row = |title: &str, detail: &str, link: &str| Row {
            title: title.to_owned(),
            detail: detail.to_owned(),
            link: format!("https://tickets.example/{link}"),
        };
        match kind {
            RowKind::Tickets => {
                vec![row("GDN2025-0001-1", self.name, "t/1.pdf"), row("GDN2025-0001-2", "李小龙", "t/2.pdf")]
            }
            RowKind::Registrations => vec![row(self.title, "Saturday, November 8, 2025", "registrations/GDN2025-0001")],
        }
    }
}

fn shipped(kind: MessageKind, language: &str) -> MailTemplate {
    MailTemplate::compile(kind, &shipped_draft(kind, language), &look(language)).unwrap()
}

fn draft(subject: &str, blocks: Vec<Block>) -> MailDraft {
    MailDraft { subject: subject.into(), preview: None, blocks }
}

fn faults(kind: MessageKind, draft: &MailDraft) -> Vec<(String, String)> {
    let faults = MailTemplate::compile(kind, draft, &look("en")).unwrap_err();
    faults.0.into_iter().map(|fault| (fault.pointer, fault.detail)).collect()
}

#[test]
fn every_kind_is_shipped_in_every_language() {
    for language in LANGUAGES {
        let mut subjects = BTreeSet::new();
        let mut all = Vec::new();
        for kind in MessageKind::ALL {
            let letter = shipped(kind, language).fill(&SAMPLE);
            for text in [&letter.subject, &letter.text, &letter.html] {
                assert!(!text.contains(['⸨', '⸩', '\\']), "{language} {kind:?}: {text}");
            }
            assert!(!letter.text.contains(['{', '}']), "{language} {kind:?}: {}", letter.text);
            assert!(letter.html.contains(&format!("lang=\"{language}\"")), "{language} {kind:?}");
            let other = if language == "ar" { "direction:ltr" } else { "direction:rtl" };
            assert!(!letter.html.contains(other), "{language} {kind:?}");
            subjects.insert(letter.subject.clone());
            all.push(format!("===== {}\n{}\n-----\n{}", kind.name(), letter.subject, letter.text));
        }
        // Both messages with tickets have the same subject.
        assert_eq!(subjects.len(), MessageKind::ALL.len() - 1, "{language}");
        insta::assert_snapshot!(format!("texts_{language}"), all.concat());
    }
}

#[test]
fn every_notice_has_words_in_every_language() {
    for notice in AccountNotice::ALL {
        let titles: BTreeSet<_> = LANGUAGES.iter().map(|language| &notice_texts(notice, language).title).collect();
        assert_eq!(titles.len(), LANGUAGES.len(), "{notice:?}");
        assert!(LANGUAGES.iter().all(|language| notice_texts(notice, language).text.len() > 20), "{notice:?}");
    }
}

#[test]
fn the_page_of_a_confirmation() {
    insta::assert_snapshot!(shipped(MessageKind::Confirmation, "en").fill(&SAMPLE).html);
}

#[test]
fn another_language_gets_english_and_a_region_its_language() {
    let subject = |language| shipped_draft(MessageKind::Reset, language).subject;
    assert_eq!(subject("sv"), subject("en"));
    assert_eq!(subject("pt-BR"), subject("pt"));
    assert_ne!(subject("pt"), subject("en"));
}

#[test]
fn a_line_without_a_value_is_left_out() {
    let letter = shipped(MessageKind::Cancelled, "en").fill(&SAMPLE);
    assert!(letter.text.contains("2:30 PM – 11:30 PM\nMain Lawn\n\n"), "{}", letter.text);
}

#[test]
fn values_add_no_markup_and_no_header() {
    let hostile = Sample { name: "<b onload=\"x\">&⸨0⸩'", title: "A\r\nBcc: eve@example.com\u{0}" };
    let template = draft(
        "{event.title|upper} for {recipient.name}",
        vec![Block::Text("Hi {recipient.name} & <i>⸨99⸩all</i>".into()), Block::Tickets],
    );
    let letter = MailTemplate::compile(MessageKind::Confirmation, &template, &look("en")).unwrap().fill(&hostile);
    assert!(!letter.subject.chars().any(char::is_control), "{:?}", letter.subject);
    assert!(letter.subject.starts_with("A  BCC: EVE@EXAMPLE.COM"), "{:?}", letter.subject);
    assert!(letter.html.contains("Hi &lt;b onload=&quot;x&quot;&gt;&amp;0&#39; &amp; &lt;i&gt;99all&lt;/i&gt;"));
    assert!(!letter.html.contains("<b onload") && !letter.html.contains("<i>all"));
    assert!(letter.text.contains("Hi <b onload=\"x\">&0' & <i>99all</i>"), "{}", letter.text);
}

#[test]
fn names_of_organizers_are_only_words() {
    let hostile = Look { sender: "⸨9⸩ <b>&\u{ffff}\u{b}".into(), ..look("en") };
    let template = draft("a", vec![Block::Text("]]> -- <![CDATA[ <!-- </mj-text> \u{2028}\u{ad} 👨‍👩‍👧".into())]);
    let letter = MailTemplate::compile(MessageKind::Confirmation, &template, &hostile).unwrap().fill(&SAMPLE);
    assert!(letter.html.contains("9 &lt;b&gt;&amp;"), "{}", letter.html);
    assert!(letter.html.contains("&lt;/mj-text&gt;") && letter.text.contains("<!-- </mj-text>"));
}

#[test]
fn a_fault_names_its_place() {
    let text = |text: &str| draft("Hello", vec![Block::Rule, Block::Text(text.into())]);
    for (kind, draft, pointer, detail) in [
        (MessageKind::Confirmation, text("{event.titel}"), "/blocks/1/text", "there is no placeholder {event.titel}"),
        (MessageKind::Confirmation, text("{attendee.name}"), "/blocks/1/text", "is of one ticket"),
        (MessageKind::Confirmation, text("{code}"), "/blocks/1/text", "confirmation have no {code}"),
        (MessageKind::Verify, text("{event.title}"), "/blocks/1/text", "verify have no {event.title}"),
        (MessageKind::Confirmation, text("{event.startsAt|amount}"), "/blocks/1/text", "it is a date"),
        (MessageKind::Confirmation, text("  "), "/blocks/1/text", "must not be empty"),
        (MessageKind::Confirmation, text("a\u{7}"), "/blocks/1/text", "control characters"),
        (MessageKind::Confirmation, text("a\u{ffff}"), "/blocks/1/text", "control characters"),
        (MessageKind::Confirmation, text(&"a".repeat(10_001)), "/blocks/1/text", "at most 10000 characters"),
        (MessageKind::Confirmation, draft("a\nb", vec![Block::Rule]), "/subject", "control characters"),
        (MessageKind::Confirmation, draft("a", vec![]), "/blocks", "1 to 50 blocks"),
        (MessageKind::Confirmation, draft("a", vec![Block::Rule; 51]), "/blocks", "1 to 50 blocks"),
        (MessageKind::Reset, draft("a", vec![Block::Event]), "/blocks/0", "reset have no event"),
        (MessageKind::Reset, draft("a", vec![Block::Code]), "/blocks/0", "reset have no code"),
        (
            MessageKind::Reset,
            draft("a", vec![Block::Button { label: "Pay".into(), to: LinkTo::Pay }]),
            "/blocks/0/button/to",
            "reset have no such page",
        ),
    ] {
        let faults = faults(kind, &draft);
        assert!(faults.iter().any(|(at, text)| at == pointer && text.contains(detail)), "{draft:?}: {faults:?}");
    }
    let both = draft("{nothing}", vec![Block::Heading("{event.nothing}".into())]);
    assert_eq!(faults(MessageKind::Confirmation, &both).len(), 2, "all faults at once");
}

#[test]
fn a_draft_is_plain_json() {
    let draft = draft(
        "Hello",
        vec![Block::Text("Hi".into()), Block::Event, Block::Button { label: "Open".into(), to: LinkTo::Order }],
    );
    let json = serde_json::to_value(&draft).unwrap();
    let expected = serde_json::json!({
        "subject": "Hello", "blocks": [{"text": "Hi"}, "event", {"button": {"label": "Open", "to": "order"}}]
    });
    assert_eq!(json, expected);
    assert_eq!(serde_json::from_value::<MailDraft>(json).unwrap(), draft);
}

#[test]
fn fields_are_listed_for_users() {
    let names = |kind| MailField::list(kind).map(|(name, _)| name).collect::<Vec<_>>();
    assert!(names(MessageKind::Confirmation).contains(&"event.title"));
    assert!(!names(MessageKind::Confirmation).contains(&"attendee.name"));
    assert_eq!(names(MessageKind::Verify), ["recipient.name", "links.confirm", "code"]);
}
