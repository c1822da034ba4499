//! A plan: a layout compiled for one event. Everything its tickets share is ready as bytes.

use std::{collections::BTreeMap, sync::Arc};

use pdf_writer::{Chunk, Content, Filter, Ref, Settings};
use sha2::{Digest, Sha256};

use super::{
    date::When,
    deflate::deflate,
    font::Face,
    subset::{OBJECTS, Subset},
    text::{Fit, fit},
    text_box::{TextBox, fill_color, font_name},
};
use crate::domain::{ContentHash, Element, EventKey, EventSetup, Layout, Rgb, Weight};

/// The layout every event starts with.
const DEFAULT_LAYOUT: &str = include_str!("layouts/a6.json");
/// What a name is usually made of; other letters ride along in a small font of their own.
const USUAL_LETTERS: std::ops::RangeInclusive<char> = ' '..='~';
const POINTS_PER_MM: f32 = 72.0 / 25.4;

/// Objects whose numbers are the same in every file.
pub const CATALOG: Ref = Ref::new(1);
pub const PAGES: Ref = Ref::new(2);
pub const INFO: Ref = Ref::new(3);
pub const STATIC_CONTENT: Ref = Ref::new(4);
const FIRST_FONT: i32 = 5;

/// Why a layout cannot be compiled.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PlanError {
    #[error("reading the layout: {0}")]
    Syntax(String),
    #[error("element {element}: there is no placeholder {{{name}}}")]
    UnknownPlaceholder { element: usize, name: String },
    #[error("subsetting {font}: {reason}")]
    Font { font: &'static str, reason: String },
}

/// A layout compiled for one event.
pub struct Plan {
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) title: String,
    pub(super) language: String,
    pub(super) shared: Chunk,
    pub(super) fonts: BTreeMap<usize, PlanFont>,
    pub(super) texts: Vec<TicketText>,
    pub(super) codes: Vec<CodeBox>,
    /// The first object number that is free for a ticket.
    pub(super) next: i32,
    /// Of everything that went in.
    pub(super) hash: ContentHash,
}

/// A face's glyphs that all tickets share, and where the font object is.
pub(super) struct PlanFont {
    pub(super) weight: Weight,
    pub(super) subset: Subset,
    pub(super) object: Ref,
}

/// A text that differs from ticket to ticket.
pub(super) struct TicketText {
    pub(super) template: Vec<Piece>,
    pub(super) area: TextBox,
}

/// Where a code is drawn, in points from the lower left corner.
pub(super) struct CodeBox {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) size: f32,
}

/// A piece of a template: words as they are, or something of the ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Piece {
    Words(String),
    Name,
    Label,
    TypeName,
}

impl Plan {
    /// Compiles the default layout for an event.
    pub fn for_event(setup: &EventSetup) -> Result<Self, PlanError> {
        let layout: Layout =
            serde_json::from_str(DEFAULT_LAYOUT).map_err(|error| PlanError::Syntax(error.to_string()))?;
        Self::compile(&layout, setup)
    }

    fn compile(layout: &Layout, setup: &EventSetup) -> Result<Self, PlanError> {
        let draft = &setup.event.draft;
        let mut compiler = Compiler {
            height: layout.height * POINTS_PER_MM,
            accent: Rgb::parse_accent(&draft.accent_color).unwrap_or_default(),
            fields: event_fields(setup),
            content: Content::new(),
            fonts: BTreeMap::new(),
            texts: Vec::new(),
            codes: Vec::new(),
        };
        for (index, element) in layout.elements.iter().enumerate() {
            compiler.add(index, element)?;
        }
        compiler.finish(layout, setup)
    }

    /// The font of this weight.
    pub(super) fn font(&self, weight: Weight) -> &PlanFont {
        &self.fonts[&(weight as usize)]
    }
}

/// What an event fills into a layout.
fn event_fields(setup: &EventSetup) -> BTreeMap<&'static str, String> {
    let draft = &setup.event.draft;
    let When { date, time } = When::new(draft.starts_at, draft.ends_at, &draft.timezone, &draft.language);
    BTreeMap::from([
        ("event.title", draft.title.clone()),
        ("event.date", date),
        ("event.time", time),
        ("event.category", draft.category.clone().unwrap_or_default()),
        ("event.venue", draft.venue.name.clone()),
        ("event.address", draft.venue.address.clone().unwrap_or_default()),
        ("event.organizer", setup.event.organizer_name.clone()),
    ])
}

struct Compiler {
    height: f32,
    accent: [u8; 3],
    fields: BTreeMap<&'static str, String>,
    content: Content,
    fonts: BTreeMap<usize, PlanFont>,
    texts: Vec<TicketText>,
    codes: Vec<CodeBox>,
}

impl Compiler {
    fn add(&mut self, index: usize, element: &Element) -> Result<(), PlanError> {
        let pt = |mm: f32| mm * POINTS_PER_MM;
        match element {
            Element::Rect { x, y, width, height, fill } => {
                fill_color(&mut self.content, fill.resolve(self.accent));
                self.content.rect(pt(*x), self.height - pt(y + height), pt(*width), pt(*height)).fill_nonzero();
            }
            Element::Line { x, y, to_x, to_y, stroke, color, dash } => {
                let [r, g, b] = color.resolve(self.accent).map(|channel| f32::from(channel) / 255.0);
                self.content.save_state().set_stroke_rgb(r, g, b).set_line_width(pt(*stroke));
                self.content.set_dash_pattern(dash.map(pt), 0.0);
                self.content.move_to(pt(*x), self.height - pt(*y)).line_to(pt(*to_x), self.height - pt(*to_y));
                self.content.stroke().restore_state();
            }
            Element::Qr { x, y, size } => {
                self.codes.push(CodeBox { x: pt(*x), y: self.height - pt(y + size), size: pt(*size) });
            }
            Element::Text { x, y, width, text, size, smallest, lines, weight, align, color } => {
                let fit = Fit {
                    width: pt(*width),
                    size: *size,
                    smallest: smallest.unwrap_or(*size).min(*size),
                    lines: (*lines).max(1),
                };
                let color = color.resolve(self.accent);
                let area = TextBox { x: pt(*x), y: self.height - pt(*y), fit, weight: *weight, align: *align, color };
                self.add_text(index, text, area)?;
            }
        }
        Ok(())
    }

    fn add_text(&mut self, element: usize, text: &str, area: TextBox) -> Result<(), PlanError> {
        let template = self.parse(element, text)?;
        let font = self.font(area.weight);
        match template.as_slice() {
            [] => {}
            [Piece::Words(words)] => {
                let fitted = fit(Face::of(area.weight), words, area.fit);
                let subset = &mut font.subset;
                for glyph in fitted.lines.iter().flat_map(|line| &line.glyphs) {
                    subset.add(glyph);
                }
                let font = &self.fonts[&(area.weight as usize)];
                area.draw(&mut self.content, &fitted, |glyph| {
                    (font_name(area.weight, false), font.subset.get(glyph).unwrap_or(0))
                });
            }
            _ => {
                let usual: String = USUAL_LETTERS.chain(['…']).collect();
                for letter in usual.chars() {
                    for glyph in Face::of(area.weight).shape(letter.encode_utf8(&mut [0; 4])) {
                        font.subset.add(&glyph);
                    }
                }
                self.texts.push(TicketText { template, area });
            }
        }
        Ok(())
    }

    fn font(&mut self, weight: Weight) -> &mut PlanFont {
        let object = Ref::new(FIRST_FONT + OBJECTS * weight as i32);
        self.fonts.entry(weight as usize).or_insert_with(|| PlanFont {
            weight,
            subset: Subset::new(Face::of(weight)),
            object,
        })
    }

    /// Fills in what the event knows; what only a ticket knows stays open.
    fn parse(&self, element: usize, text: &str) -> Result<Vec<Piece>, PlanError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((words, (name, after))) =
            rest.split_once('{').and_then(|(words, tail)| Some((words, tail.split_once('}')?)))
        {
            push_words(&mut pieces, words);
            match name {
                "attendee.name" => pieces.push(Piece::Name),
                "ticket.label" => pieces.push(Piece::Label),
                "ticket.type" => pieces.push(Piece::TypeName),
                name => {
                    let value = self
                        .fields
                        .get(name)
                        .ok_or_else(|| PlanError::UnknownPlaceholder { element, name: name.to_owned() })?;
                    push_words(&mut pieces, value);
                }
            }
            rest = after;
        }
        push_words(&mut pieces, rest);
        Ok(pieces)
    }

    fn finish(self, layout: &Layout, setup: &EventSetup) -> Result<Plan, PlanError> {
        let mut shared = Chunk::with_settings(Settings { pretty: false });
        let content = deflate(&self.content.finish());
        shared.stream(STATIC_CONTENT, &content).filter(Filter::FlateDecode);
        for font in self.fonts.values() {
            font.subset
                .write(&mut shared, font.object)
                .map_err(|error| PlanError::Font { font: Face::of(font.weight).name, reason: error.to_string() })?;
        }
        let mut hash = Sha256::new();
        hash.update(concat!("onsale ", env!("CARGO_PKG_VERSION"), " plan 1\n"));
        hash.update(format!("{layout:?}\n{:?}\n{:?}\n", self.fields, self.accent));
        hash.update(shared.as_bytes());
        Ok(Plan {
            width: layout.width * POINTS_PER_MM,
            height: self.height,
            title: setup.event.draft.title.clone(),
            language: setup.event.draft.language.clone(),
            shared,
            fonts: self.fonts,
            texts: self.texts,
            codes: self.codes,
            next: FIRST_FONT + 3 * OBJECTS,
            hash: ContentHash(hash.finalize().into()),
        })
    }
}

fn push_words(pieces: &mut Vec<Piece>, words: &str) {
    match pieces.last_mut() {
        _ if words.is_empty() => {}
        Some(Piece::Words(before)) => before.push_str(words),
        _ => pieces.push(Piece::Words(words.to_owned())),
    }
}

/// Plans by event and revision: compiled once, however many ask.
#[derive(Clone)]
pub struct Plans(moka::sync::Cache<(EventKey, i32), Arc<Plan>>);

impl Plans {
    /// Keeps at most `capacity` plans.
    pub fn new(capacity: u64) -> Self {
        Self(moka::sync::Cache::new(capacity))
    }

    /// The plan of the event as it is.
    pub fn of(&self, setup: &EventSetup) -> Result<Arc<Plan>, Arc<PlanError>> {
        self.0.try_get_with((setup.event.key, setup.event.revision), || Plan::for_event(setup).map(Arc::new))
    }
}
