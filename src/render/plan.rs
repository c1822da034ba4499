//! A plan: a layout compiled for one event. Everything its tickets share is ready as bytes.

use std::{collections::BTreeMap, sync::Arc};

use pdf_writer::{Chunk, Content, Name, Ref, types::StructRole};
use sha2::{Digest, Sha256};

use super::{
    facts::{Condition, TypeFacts},
    frame::Frame,
    pdf::{PictureError, Prefix, Subset, TextBox},
    shipped::{SHIPPED, shipped},
    speech::Speech,
    text::{FaceId, Fit, Library, Style},
};
use crate::domain::{ContentHash, EventLayout, EventSetup, Level, TypeNumber, layout::Piece};

/// Objects whose numbers are the same in every file.
pub const CATALOG: Ref = Ref::new(1);
pub const PAGES: Ref = Ref::new(2);
pub const INFO: Ref = Ref::new(3);
pub const TREE: Ref = Ref::new(4);
pub const TOP: Ref = Ref::new(5);
pub const PARENTS: Ref = Ref::new(6);
pub const RESOURCES: Ref = Ref::new(7);
pub const RESERVED: i32 = 7;

/// How much of small fonts a plan keeps, some three kilobytes each.
pub const OWN_FONT_BYTES: usize = 256 * 1024;
/// Why a layout cannot be compiled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    #[error("picture `{name}`: {error}")]
    Picture { name: String, error: PictureError },
    #[error("subsetting a font: {0}")]
    Font(String),
    #[error("{pointer}: {reason}")]
    Element { pointer: String, reason: String },
}

impl PlanError {
    /// Where in the layout it is.
    pub fn pointer(&self) -> String {
        match self {
            Self::Picture { name, .. } => format!("/images/{}", name.replace('~', "~0").replace('/', "~1")),
            Self::Font(_) => String::new(),
            Self::Element { pointer, .. } => pointer.clone(),
        }
    }
}

/// A layout compiled for one event.
pub struct Plan {
    pub(super) library: Arc<Library>,
    pub(super) speech: Speech,
    pub(super) types: BTreeMap<TypeNumber, TypeFacts>,
    pub(super) prefix: Prefix,
    pub(super) fonts: BTreeMap<FaceId, PlanFont>,
    /// Objects of pictures; their names are their numbers.
    pub(super) pictures: Vec<Ref>,
    pub(super) pages: Vec<PlanPage>,
    /// Small fonts that tickets bring: the same few letters are missing again and again.
    pub(super) own_fonts: moka::sync::Cache<Vec<u8>, Arc<WrittenFont>>,
    /// Of everything that went in.
    pub(super) hash: ContentHash,
}

/// A face's glyphs that all tickets share, and where the font object is.
pub(super) struct PlanFont {
    pub(super) subset: Subset,
    pub(super) object: Ref,
}

/// A font as it stands in a file, and where each of its objects begins.
pub(super) struct WrittenFont {
    pub(super) objects: Chunk,
    pub(super) starts: Vec<(Ref, usize)>,
}

/// A page of every ticket.
pub(super) struct PlanPage {
    pub(super) width: f32,
    pub(super) height: f32,
    /// What is the same on all of them.
    pub(super) backdrop: Ref,
    /// What is drawn over it, in order.
    pub(super) steps: Vec<Step>,
    /// What readers are told of, in reading order; their place is their number.
    pub(super) tags: Vec<Tag>,
}

impl PlanPage {
    /// Everything that tickets are made of here, for the hash.
    pub(super) fn update(&self, hash: &mut Sha256) {
        hash.update(format!("page {} {}\n", self.width, self.height));
        for step in &self.steps {
            hash.update(format!("{:?} {:?}\n", step.when, step.tag));
            match &step.draw {
                Draw::Bytes(bytes) => hash.update(bytes),
                Draw::OfType(texts) => texts.iter().for_each(|(number, text)| {
                    hash.update(format!("{number:?} {:?}\n", text.told));
                    hash.update(&text.drawn);
                }),
                Draw::Text(TicketText { pieces, place, area, style, fit }) => {
                    hash.update(format!("{pieces:?} {place:?} {area:?} {style:?} {fit:?}\n"));
                }
                Draw::Code { level, place, size } => hash.update(format!("{level:?} {place:?} {size}\n")),
            }
        }
        for tag in &self.tags {
            hash.update(format!("{:?} {} {:?}\n", tag.role, tag.always, tag.told));
        }
    }
}

/// Something that differs from ticket to ticket, or stands above what does.
pub(super) struct Step {
    pub(super) when: Vec<Condition>,
    pub(super) tag: Option<usize>,
    pub(super) draw: Draw,
}

pub(super) enum Draw {
    /// The same on every ticket.
    Bytes(Vec<u8>),
    /// The same on every ticket of a type.
    OfType(BTreeMap<TypeNumber, TypeText>),
    Text(TicketText),
    Code {
        level: Level,
        place: Frame,
        size: f32,
    },
}

/// A text as the tickets of a type have it.
pub(super) struct TypeText {
    pub(super) drawn: Vec<u8>,
    /// The text, where its glyphs cannot tell it one by one.
    pub(super) told: Option<String>,
}

/// A text that differs from ticket to ticket.
pub(super) struct TicketText {
    pub(super) pieces: Vec<Piece>,
    pub(super) place: Frame,
    pub(super) area: TextBox,
    pub(super) style: Style,
    pub(super) fit: Fit,
}

/// A part of a page as a reader is told of it.
pub(super) struct Tag {
    pub(super) role: Role,
    /// On every ticket, or only where some step is drawn.
    pub(super) always: bool,
    /// The whole text, where its glyphs cannot tell it one by one.
    pub(super) told: Option<String>,
}

#[derive(Debug)]
pub(super) enum Role {
    Paragraph,
    /// A picture, with words for who cannot see it.
    Figure(String),
    Code,
}

impl Role {
    pub(super) fn of_struct(&self) -> StructRole {
        match self {
            Self::Paragraph => StructRole::P,
            Self::Figure(_) | Self::Code => StructRole::Figure,
        }
    }

    pub(super) fn name(&self) -> Name<'static> {
        match self {
            Self::Paragraph => Name(b"P"),
            Self::Figure(_) | Self::Code => Name(b"Figure"),
        }
    }
}

impl Plan {
    /// Compiles an event's layout.
    pub fn for_event(library: &Arc<Library>, setup: &EventSetup) -> Result<Self, PlanError> {
        match &setup.layout {
            Some(layout) => Self::compile(library, layout, setup),
            None => {
                let layout = shipped(SHIPPED[0].0).expect("it comes along");
                Self::compile(library, &EventLayout::new(0, layout), setup)
            }
        }
    }

    /// About how much memory it takes.
    pub fn weight(&self) -> usize {
        let step = |step: &Step| match &step.draw {
            Draw::Bytes(bytes) => bytes.len(),
            Draw::OfType(texts) => texts.values().map(|text| text.drawn.len() + 128).sum(),
            Draw::Text(_) | Draw::Code { .. } => 512,
        };
        let page = |page: &PlanPage| page.tags.len() * 64 + page.steps.iter().map(|one| 128 + step(one)).sum::<usize>();
        let steps: usize = self.pages.iter().map(page).sum();
        self.prefix.len() + steps + self.fonts.len() * 8192 + OWN_FONT_BYTES
    }
}

/// What a page calls a picture.
pub(super) fn picture_name(index: usize) -> String {
    format!("P{index}")
}

/// Says what is drawn next: a part that readers are told of, or decoration.
pub(super) fn begin_mark(content: &mut Content, tag: Option<(&Role, usize)>) {
    match tag {
        None => drop(content.begin_marked_content(Name(b"Artifact"))),
        Some((role, number)) => {
            let number = i32::try_from(number).expect("elements are limited");
            content.begin_marked_content_with_properties(role.name()).properties().identify(number);
        }
    }
}

/// Plans by what went into them: compiled once, however many ask.
#[derive(Clone)]
pub struct Plans {
    library: Arc<Library>,
    cache: moka::sync::Cache<ContentHash, Arc<Plan>>,
}

impl Plans {
    /// Keeps plans of at most `bytes` together.
    pub fn new(library: Arc<Library>, bytes: u64) -> Self {
        let weigh = |_: &ContentHash, plan: &Arc<Plan>| u32::try_from(plan.weight()).unwrap_or(u32::MAX);
        Self { library, cache: moka::sync::Cache::builder().max_capacity(bytes).weigher(weigh).build() }
    }

    /// The fonts its plans use.
    pub fn library(&self) -> &Arc<Library> {
        &self.library
    }

    /// The plan of the event as it is, if it is at hand.
    pub fn known(&self, setup: &EventSetup) -> Option<Arc<Plan>> {
        self.cache.get(&setup.printed)
    }

    /// The plan of the event as it is.
    pub fn of(&self, setup: &EventSetup) -> Result<Arc<Plan>, Arc<PlanError>> {
        self.cache.try_get_with(setup.printed, || Plan::for_event(&self.library, setup).map(Arc::new))
    }
}
