//! Compiles a draft for an event: placeholders are checked, and its HTML is made once, with gaps for what differs.

use super::{
    draft::{Block, MAX_BLOCKS, MAX_SUBJECT, MAX_TEXT, MailDraft},
    field::MailField,
    gap::{Cell, Gap, Gaps, Part, RowKind, clean},
    mjml,
};
use crate::domain::{
    Faults, MessageKind,
    layout::{Case, Field, Format, Known, Piece, Template},
};

/// The look of messages of an event, or of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// BCP 47 tag of the language.
    pub language: String,
    /// True if the language is written from right to left.
    pub is_rtl: bool,
    /// Name at the top: the organizer's.
    pub sender: String,
    /// `#rrggbb`.
    pub accent: String,
    /// Colour of text on the accent.
    pub on_accent: String,
    /// Address of a picture at the top, 600 pixels wide.
    pub banner: Option<String>,
}

impl Look {
    /// A look for templates that belong to no event.
    pub fn plain() -> Self {
        Self {
            language: "en".to_owned(),
            is_rtl: false,
            sender: String::new(),
            accent: "#1f2937".to_owned(),
            on_accent: "#ffffff".to_owned(),
            banner: None,
        }
    }
}

/// A compiled template: subject, text and HTML with gaps.
#[derive(Debug)]
pub struct MailTemplate {
    pub(super) subject: Vec<Part>,
    pub(super) text: Vec<Part>,
    pub(super) html: Vec<Part>,
}

impl MailTemplate {
    /// Compiles a draft. Returns all faults of a draft that cannot be used.
    pub fn compile(kind: MessageKind, draft: &MailDraft, look: &Look) -> Result<Self, Faults> {
        let mut compiler = Compiler { kind, gaps: Gaps::default(), faults: Faults::default() };
        let subject = compiler.line("/subject", &draft.subject, MAX_SUBJECT);
        let preview = draft.preview.as_deref().map(|preview| compiler.line("/preview", preview, MAX_SUBJECT));
        if draft.blocks.is_empty() || draft.blocks.len() > MAX_BLOCKS {
            compiler.faults.add("/blocks", format!("must have 1 to {MAX_BLOCKS} blocks"));
        }
        let mut text = Vec::new();
        let mut body = String::new();
        for (index, block) in draft.blocks.iter().enumerate().take(MAX_BLOCKS) {
            let (plain, marked_up) = compiler.block(&format!("/blocks/{index}"), block);
            text.push(plain);
            body.push_str(&marked_up);
        }
        let Compiler { mut gaps, faults, .. } = compiler;
        faults.into_result()?;
        let title = gaps.mark(Gap::Subject);
        let page = mjml::page(look, &title, preview.as_deref().map(mjml::escape).as_deref(), &body);
        Ok(Self {
            subject: gaps.split(&subject),
            text: gaps.split(&format!("{}\n", text.join("\n\n"))),
            html: gaps.split(&mjml::to_html(&page)),
        })
    }
}

struct Compiler {
    kind: MessageKind,
    gaps: Gaps,
    faults: Faults,
}

impl Compiler {
    /// Compiles a text of one line.
    fn line(&mut self, pointer: &str, text: &str, limit: usize) -> String {
        self.marked(pointer, text, limit, "")
    }

    /// Compiles a text of several lines.
    fn words(&mut self, pointer: &str, text: &str, limit: usize) -> String {
        self.marked(pointer, text, limit, "\r\n\t")
    }

    /// Checks a text; of control characters it may contain those in `allowed`. Returns it with marks instead of its
    /// placeholders.
    fn marked(&mut self, pointer: &str, text: &str, limit: usize, allowed: &str) -> String {
        let length = text.trim().chars().count();
        if length == 0 {
            self.faults.add(pointer, "must not be empty");
        } else if length > limit {
            self.faults.add(pointer, format!("must have at most {limit} characters, has {length}"));
        }
        // The last two are no characters, and XML does not allow them.
        if text.chars().any(|c| c.is_control() && !allowed.contains(c) || matches!(c, '\u{fffe}' | '\u{ffff}')) {
            self.faults.add(pointer, "must not contain control characters");
        }
        let template = match Template::<MailField>::parse(text.trim()) {
            Ok(template) => template,
            Err(fault) => {
                self.faults.add(pointer, fault);
                return String::new();
            }
        };
        let mut marked = String::new();
        for piece in template.0 {
            match piece {
                Piece::Words(words) => marked.push_str(&clean(&words).replace("\r\n", "\n")),
                Piece::Value { field, format, case } => {
                    if !field.is_of(self.kind) {
                        let problem = format!("messages of the kind {} have no {{{field}}}", self.kind.name());
                        self.faults.add(pointer, problem);
                    }
                    marked.push_str(&self.gaps.mark(Gap::Value { field, format, case }));
                }
            }
        }
        marked
    }

    /// Compiles a block. Returns it as plain text and as MJML.
    fn block(&mut self, pointer: &str, block: &Block) -> (String, String) {
        match block {
            Block::Heading(text) => {
                let text = self.line(&format!("{pointer}/heading"), text, MAX_SUBJECT);
                (text.clone(), mjml::heading(&text))
            }
            Block::Text(text) => {
                let text = self.words(&format!("{pointer}/text"), text, MAX_TEXT);
                (text.clone(), mjml::text(&text))
            }
            Block::Small(text) => {
                let text = self.words(&format!("{pointer}/small"), text, MAX_TEXT);
                (text.clone(), mjml::small(&text))
            }
            Block::Button { label, to } => {
                let label = self.line(&format!("{pointer}/button/label"), label, MAX_SUBJECT);
                let field = MailField::Own(to.field());
                if !field.is_of(self.kind) {
                    let problem = format!("messages of the kind {} have no such page", self.kind.name());
                    self.faults.add(format!("{pointer}/button/to"), problem);
                }
                let address = self.value(field);
                (format!("{label}:\n{address}"), mjml::button(&label, &address))
            }
            Block::Event => self.event(pointer),
            Block::Tickets => self.rows(RowKind::Tickets),
            Block::Registrations => self.rows(RowKind::Registrations),
            Block::Code => {
                let field = MailField::Own(super::OwnField::Code);
                if !field.is_of(self.kind) {
                    self.faults.add(pointer, format!("messages of the kind {} have no code", self.kind.name()));
                }
                let code = self.value(field);
                (format!("    {code}"), mjml::code(&code))
            }
            Block::Rule => ("--".into(), mjml::rule()),
        }
    }

    /// Returns the mark of a value that is printed as it is.
    fn value(&mut self, field: MailField) -> String {
        self.gaps.mark(Gap::Value { field, format: Format::Plain, case: Case::Kept })
    }

    fn event(&mut self, pointer: &str) -> (String, String) {
        let of = |known| MailField::Shared(Field::Known(known));
        if !of(Known::EventTitle).is_of(self.kind) {
            self.faults.add(pointer, format!("messages of the kind {} have no event", self.kind.name()));
        }
        let title = self.value(of(Known::EventTitle));
        let (mut plain, mut lines) = (vec![title.clone()], Vec::new());
        for known in [Known::EventDate, Known::EventTime, Known::EventVenue, Known::EventAddress] {
            let begin = self.gaps.mark(Gap::IfAny(of(known)));
            let (value, end) = (self.value(of(known)), self.gaps.mark(Gap::End));
            plain.push(format!("{begin}\n{value}{end}"));
            lines.push(format!("{begin}<br/>{value}{end}"));
        }
        (plain.concat(), mjml::event(&title, &lines.concat()))
    }

    fn rows(&mut self, kind: RowKind) -> (String, String) {
        let begin = self.gaps.mark(Gap::Rows(kind));
        let [title, detail, link] = [Cell::Title, Cell::Detail, Cell::Link].map(|cell| self.gaps.mark(Gap::Cell(cell)));
        let end = self.gaps.mark(Gap::End);
        // Rows of plain text are separated by the line break at the end of each.
        let plain = format!("{begin}{title} · {detail}\n{link}\n{end}");
        (plain.clone(), mjml::rows(&begin, &title, &detail, &link, &end))
    }
}
