//! A plan: a layout compiled for one event. Everything that all tickets share is already written as PDF bytes.

use std::{collections::BTreeMap, sync::Arc};

use pdf_writer::{Chunk, Content, Name, Ref, types::StructRole};
use sha2::{Digest, Sha256};

use super::{
    built_in::{BUILT_IN_LAYOUTS, built_in_layout},
    facts::{Condition, TypeFacts},
    frame::Frame,
    locale::LocaleFormatter,
    pdf::{PictureError, Prefix, Subset, TextBox},
    text::{FaceId, Fit, FontLibrary, Style},
};
use crate::domain::{ContentHash, EventLayout, EventSetup, Level, TypeNumber, layout::Piece};

// Objects with the same number in every file.
pub const CATALOG: Ref = Ref::new(1);
pub const PAGES: Ref = Ref::new(2);
pub const INFO: Ref = Ref::new(3);
pub const STRUCT_TREE: Ref = Ref::new(4);
pub const STRUCT_DOCUMENT: Ref = Ref::new(5);
pub const PARENT_TREE: Ref = Ref::new(6);
pub const RESOURCES: Ref = Ref::new(7);
pub const LAST_FIXED_OBJECT: i32 = 7;

/// Size limit of a plan's cache of extra fonts, in bytes; one font takes about 3 KB.
pub const MAX_EXTRA_FONT_BYTES: usize = 256 * 1024;

/// Error of compiling a layout.
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
    /// Returns the JSON pointer to the faulty part of the layout; empty if the error has no place there.
    pub fn pointer(&self) -> String {
        match self {
            Self::Picture { name, .. } => format!("/images/{}", name.replace('~', "~0").replace('/', "~1")),
            Self::Font(_) => String::new(),
            Self::Element { pointer, .. } => pointer.clone(),
        }
    }

    /// Returns the error without its place, for an answer that names the place beside it.
    pub fn reason(&self) -> String {
        match self {
            Self::Element { reason, .. } => reason.clone(),
            Self::Picture { .. } | Self::Font(_) => self.to_string(),
        }
    }
}

/// A layout compiled for one event.
pub struct Plan {
    pub(super) library: Arc<FontLibrary>,
    pub(super) locale: LocaleFormatter,
    pub(super) types: BTreeMap<TypeNumber, TypeFacts>,
    pub(super) prefix: Prefix,
    pub(super) fonts: BTreeMap<FaceId, PlanFont>,
    /// Image objects. The index is part of the resource name.
    pub(super) pictures: Vec<Ref>,
    pub(super) pages: Vec<PlanPage>,
    /// Cache of extra fonts: many tickets lack the same few letters in the shared fonts.
    pub(super) extra_fonts: moka::sync::Cache<Vec<u8>, Arc<WrittenFont>>,
    /// Hash of all inputs.
    pub(super) hash: ContentHash,
}

/// Glyphs of one face that all tickets share, and the number of the font object.
pub(super) struct PlanFont {
    pub(super) subset: Subset,
    pub(super) object: Ref,
}

/// A font as PDF objects, with the offset of each object.
pub(super) struct WrittenFont {
    pub(super) objects: Chunk,
    pub(super) starts: Vec<(Ref, usize)>,
}

/// A page of every ticket.
pub(super) struct PlanPage {
    pub(super) width: f32,
    pub(super) height: f32,
    /// Content stream that is equal on all tickets.
    pub(super) backdrop: Ref,
    /// Drawing steps above the backdrop, in order.
    pub(super) steps: Vec<Step>,
    /// Tagged parts for screen readers, in reading order. The index is the marked-content id (MCID).
    pub(super) tags: Vec<Tag>,
}

impl PlanPage {
    /// Adds everything that tickets get from this page to the hash. It covers the `Debug` text of types, so renaming a
    /// type, field or variant changes all hashes.
    pub(super) fn update(&self, hash: &mut Sha256) {
        hash.update(format!("page {} {}\n", self.width, self.height));
        for step in &self.steps {
            hash.update(format!("{:?} {:?}\n", step.when, step.tag));
            match &step.draw {
                Draw::Bytes(bytes) => hash.update(bytes),
                Draw::PerType(texts) => texts.iter().for_each(|(number, text)| {
                    hash.update(format!("{number:?} {:?}\n", text.actual_text));
                    hash.update(&text.content);
                }),
                Draw::Text(TicketText { pieces, place, area, style, fit }) => {
                    hash.update(format!("{pieces:?} {place:?} {area:?} {style:?} {fit:?}\n"));
                }
                Draw::Code { level, place, size } => hash.update(format!("{level:?} {place:?} {size}\n")),
            }
        }
        for tag in &self.tags {
            hash.update(format!("{:?} {} {:?}\n", tag.role, tag.always, tag.actual_text));
        }
    }
}

/// A drawing that differs between tickets, or lies above one that does.
pub(super) struct Step {
    pub(super) when: Vec<Condition>,
    pub(super) tag: Option<usize>,
    pub(super) draw: Draw,
}

pub(super) enum Draw {
    /// Content equal on every ticket.
    Bytes(Vec<u8>),
    /// Content equal on every ticket of one type.
    PerType(BTreeMap<TypeNumber, TypeText>),
    Text(TicketText),
    Code {
        level: Level,
        place: Frame,
        size: f32,
    },
}

/// A text, drawn for one ticket type.
pub(super) struct TypeText {
    pub(super) content: Vec<u8>,
    /// The text, if its glyphs do not map to it one to one.
    pub(super) actual_text: Option<String>,
}

/// A text that differs between tickets.
pub(super) struct TicketText {
    pub(super) pieces: Vec<Piece>,
    pub(super) place: Frame,
    pub(super) area: TextBox,
    pub(super) style: Style,
    pub(super) fit: Fit,
}

/// A tagged part of a page.
pub(super) struct Tag {
    pub(super) role: Role,
    /// True if every ticket has the part; false if only tickets have it on which one of its steps is drawn.
    pub(super) always: bool,
    /// The whole text, if its glyphs do not map to it one to one.
    pub(super) actual_text: Option<String>,
}

#[derive(Debug)]
pub(super) enum Role {
    Paragraph,
    /// A picture with its alternative text.
    Figure(String),
    Code,
}

impl Role {
    pub(super) fn struct_role(&self) -> StructRole {
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
    pub fn for_event(library: &Arc<FontLibrary>, setup: &EventSetup) -> Result<Self, PlanError> {
        match &setup.layout {
            Some(layout) => Self::compile(library, layout, setup),
            None => {
                let layout = built_in_layout(BUILT_IN_LAYOUTS[0].0).expect("the default layout is built in");
                Self::compile(library, &EventLayout::new(0, layout), setup)
            }
        }
    }

    /// Returns the approximate memory use in bytes.
    pub fn memory_bytes(&self) -> usize {
        let step = |step: &Step| match &step.draw {
            Draw::Bytes(bytes) => bytes.len(),
            Draw::PerType(texts) => texts.values().map(|text| text.content.len() + 128).sum(),
            Draw::Text(_) | Draw::Code { .. } => 512,
        };
        let page = |page: &PlanPage| page.tags.len() * 64 + page.steps.iter().map(|one| 128 + step(one)).sum::<usize>();
        let steps: usize = self.pages.iter().map(page).sum();
        self.prefix.len() + steps + self.fonts.len() * 8192 + MAX_EXTRA_FONT_BYTES
    }
}

/// Returns the resource name of a picture.
pub(super) fn picture_name(index: usize) -> String {
    format!("P{index}")
}

/// Begins marked content: a tagged part of this role and MCID, or an artifact (decoration).
pub(super) fn begin_marked_content_for(content: &mut Content, tag: Option<(&Role, usize)>) {
    match tag {
        None => drop(content.begin_marked_content(Name(b"Artifact"))),
        Some((role, number)) => {
            let number = i32::try_from(number).expect("elements are limited");
            content.begin_marked_content_with_properties(role.name()).properties().identify(number);
        }
    }
}

/// Cache of plans by the hash of their inputs. Concurrent requests for one plan compile it once.
#[derive(Clone)]
pub struct PlanCache {
    library: Arc<FontLibrary>,
    cache: moka::sync::Cache<ContentHash, Arc<Plan>>,
}

impl PlanCache {
    /// Creates a cache of at most `bytes`.
    pub fn new(library: Arc<FontLibrary>, bytes: u64) -> Self {
        let weigh = |_: &ContentHash, plan: &Arc<Plan>| u32::try_from(plan.memory_bytes()).unwrap_or(u32::MAX);
        Self { library, cache: moka::sync::Cache::builder().max_capacity(bytes).weigher(weigh).build() }
    }

    /// Returns the fonts that the plans use.
    pub fn library(&self) -> &Arc<FontLibrary> {
        &self.library
    }

    /// Returns the plan for the current state of the event. `None` if it is not cached.
    pub fn cached(&self, setup: &EventSetup) -> Option<Arc<Plan>> {
        self.cache.get(&setup.print_hash)
    }

    /// Returns the plan for the current state of the event, compiled if it is not cached.
    pub fn get_or_compile(&self, setup: &EventSetup) -> Result<Arc<Plan>, Arc<PlanError>> {
        self.cache.try_get_with(setup.print_hash, || Plan::for_event(&self.library, setup).map(Arc::new))
    }
}
