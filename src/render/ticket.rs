//! The press: tickets become pages of a document, one after the other.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::Arc,
};

use pdf_writer::{Chunk, Content, Finish, Name, Rect, Ref, Settings, TextStr};
use sha2::{Digest, Sha256};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    facts::{Condition, TicketPage, TypeFacts, say},
    pdf::{Document, FontName, Placed, Subset, TextBox, deflate, show_lines},
    plan::{
        self, CATALOG, Draw, INFO, PAGES, PARENTS, Plan, PlanPage, RESOURCES, Role, Step, TOP, TREE, TicketText,
        WrittenFont, begin_mark,
    },
    pool::RenderError,
    qr::QrImage,
    text::{FaceId, Library, clean, fit},
};
use crate::domain::{
    ContentHash, EventSigner, Level, TicketCode,
    layout::{Case, Format, Piece},
};

/// A finished file and the hash of what went into it.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub bytes: Vec<u8>,
    pub hash: ContentHash,
}

/// Where a ticket's code comes from.
#[derive(Clone, Copy)]
pub enum CodeOf<'a> {
    /// It is signed here.
    Signer(&'a EventSigner),
    /// It was signed elsewhere.
    Given(&'a str),
}

impl CodeOf<'_> {
    fn text(self, code: &TicketCode) -> String {
        match self {
            Self::Signer(signer) => signer.sign(code),
            Self::Given(text) => text.to_owned(),
        }
    }
}

/// Streams shorter than this are written as they are: compressing them costs more than it saves.
const PLAIN: usize = 4096;
/// A ticket's own text is cut after as many letters, which is more than any box has room for.
const MAX_SAID: usize = 2_000;
/// Pages in one node of the page tree.
const FAN_OUT: usize = 256;

impl Plan {
    /// Renders one ticket with a code that was signed elsewhere.
    pub fn render_with_code(&self, page: &TicketPage, code: &str) -> Result<Rendered, RenderError> {
        let mut press = Press::begin(self, Vec::with_capacity(self.prefix.len() + 8 * 1024))?;
        press.ticket(page, CodeOf::Given(code))?;
        let (bytes, hash) = press.finish()?;
        Ok(Rendered { bytes, hash })
    }

    /// What all its files begin with.
    pub fn shared(&self) -> &[u8] {
        self.prefix.bytes()
    }

    /// The hash that a file of these pages carries. The same hash means the same bytes.
    pub fn hash(&self, pages: &[TicketPage], signer: &EventSigner) -> ContentHash {
        let mut hash = self.begin_hash();
        for page in pages {
            self.hash_ticket(&mut hash, page, &self.resolve(page), CodeOf::Signer(signer));
        }
        ContentHash(hash.finalize().into())
    }

    /// Renders these pages as one file.
    pub fn render(&self, pages: &[TicketPage], signer: &EventSigner) -> Result<Rendered, RenderError> {
        if pages.is_empty() {
            return Err(RenderError::NoTickets);
        }
        let room = self.prefix.len() + pages.len() * (4 * 1024) + 4 * 1024;
        let mut press = Press::begin(self, Vec::with_capacity(room))?;
        for page in pages {
            press.ticket(page, CodeOf::Signer(signer))?;
        }
        let (bytes, hash) = press.finish()?;
        Ok(Rendered { bytes, hash })
    }

    fn begin_hash(&self) -> Sha256 {
        let mut hash = Sha256::new();
        hash.update(self.hash.0);
        hash
    }

    /// What each step says on this ticket; `None`: it is not there.
    fn resolve(&self, page: &TicketPage) -> Vec<Option<String>> {
        let unknown = TypeFacts::default();
        let facts = self.types.get(&page.code.type_number).unwrap_or(&unknown);
        let steps = self.pages.iter().flat_map(|plan| &plan.steps);
        steps.map(|step| self.resolve_step(step, page, facts)).collect()
    }

    fn resolve_step(&self, step: &Step, page: &TicketPage, facts: &TypeFacts) -> Option<String> {
        let holds = |condition: &Condition| {
            let mut value = String::new();
            say(&mut value, page, facts, &self.speech, &condition.field, Format::Plain, Case::Kept);
            condition.holds(&value)
        };
        if !step.when.iter().all(holds) {
            return None;
        }
        let text = match &step.draw {
            Draw::Text(text) => text,
            Draw::OfType(texts) => return texts.contains_key(&page.code.type_number).then(String::new),
            Draw::Bytes(_) | Draw::Code { .. } => return Some(String::new()),
        };
        let mut said = String::new();
        for piece in &text.pieces {
            match piece {
                Piece::Words(words) => said.push_str(words),
                Piece::Value { field, format, case } => {
                    say(&mut said, page, facts, &self.speech, field, *format, *case);
                }
            }
        }
        if let Some((end, _)) = said.char_indices().nth(MAX_SAID) {
            said.truncate(end);
        }
        let cleaned = clean(&said);
        if cleaned.trim().is_empty() { None } else { Some(cleaned.into_owned()) }
    }

    fn hash_ticket(&self, hash: &mut Sha256, page: &TicketPage, said: &[Option<String>], code: CodeOf) {
        match code {
            CodeOf::Signer(signer) => hash.update([signer.key_id()]),
            CodeOf::Given(code) => hash.update(code),
        }
        for text in said {
            let length = text.as_ref().map_or(u64::MAX, |text| text.len() as u64);
            hash.update(length.to_be_bytes());
            hash.update(text.as_deref().unwrap_or_default());
        }
        let steps = self.pages.iter().flat_map(|plan| &plan.steps);
        for (step, text) in steps.zip(said) {
            if let (Draw::Text(draw), Some(text)) = (&step.draw, text)
                && !text.is_ascii()
            {
                self.hash_foreign_fonts(hash, text, draw);
            }
        }
        hash.update(page.label.as_bytes());
        hash.update(page.code.ticket.0.as_bytes());
        hash.update(page.code.type_number.0.to_be_bytes());
        hash.update(page.code.generation.to_be_bytes());
    }

    /// Fonts that do not come along make a difference where a letter needs them.
    fn hash_foreign_fonts(&self, hash: &mut Sha256, text: &str, draw: &TicketText) {
        let han = draw.style.han_of(text);
        for cluster in text.graphemes(true).filter(|cluster| !cluster.is_ascii()) {
            match self.library.pick(cluster, draw.style.weight, han) {
                Some(face) if !Library::is_foreign(face) => {}
                Some(face) => {
                    let face = self.library.face(face);
                    hash.update(face.name.as_bytes());
                    hash.update((face.data.len() as u64).to_be_bytes());
                }
                None => hash.update(b"no font"),
            }
        }
    }
}

/// A document of tickets being written: memory does not grow with its pages, but for where they are.
pub struct Press<'p, W> {
    plan: &'p Plan,
    document: Document<W>,
    own: BTreeMap<FaceId, OwnFont>,
    hash: Sha256,
    /// Nodes of the page tree, each with its pages.
    nodes: Vec<(Ref, Vec<Ref>)>,
    /// For each page the part of the structure it is, and the list of its own parts.
    structure: Vec<(Ref, Ref)>,
}

/// Glyphs that this file needs and the plan does not have.
struct OwnFont {
    subset: Subset,
    object: Ref,
}

impl<'p, W: Write> Press<'p, W> {
    /// Begins a document.
    pub fn begin(plan: &'p Plan, out: W) -> io::Result<Self> {
        Ok(Self {
            plan,
            document: Document::begin(out, &plan.prefix)?,
            own: BTreeMap::new(),
            hash: plan.begin_hash(),
            nodes: vec![(PAGES, Vec::new())],
            structure: Vec::new(),
        })
    }

    /// Adds the pages of a ticket.
    pub fn ticket(&mut self, page: &TicketPage, code: CodeOf) -> io::Result<()> {
        let said = self.plan.resolve(page);
        self.plan.hash_ticket(&mut self.hash, page, &said, code);
        let mut codes = Codes { signed: None, images: Vec::new() };
        let mut from = 0;
        for plan in &self.plan.pages {
            let to = from + plan.steps.len();
            self.page(plan, &said[from..to], page, code, &mut codes)?;
            from = to;
        }
        self.document.breathe()
    }

    fn page(
        &mut self,
        plan: &'p PlanPage,
        said: &[Option<String>],
        ticket: &TicketPage,
        code: CodeOf,
        codes: &mut Codes,
    ) -> io::Result<()> {
        let (content, told) = self.content(plan, said, ticket, code, codes);
        let count = i32::try_from(plan.tags.len()).expect("elements are limited");
        // One after the other: the page, its content, its part of the structure, the list of parts, the parts.
        let first = self.document.allocate_many(4 + count);
        let id = |n: i32| Ref::new(first.get() + n);
        let (page, stream, section, parts) = (first, id(1), id(2), id(3));

        let parent = self.node_for(page);
        let number = i32::try_from(self.structure.len()).map_err(io::Error::other)?;
        let mut writer = self.document.object(page).page(page);
        writer.parent(parent).media_box(Rect::new(0.0, 0.0, plan.width, plan.height));
        writer.pair(Name(b"Resources"), RESOURCES);
        writer.contents_array([plan.backdrop, stream]).struct_parents(number);
        writer.pair(Name(b"Tabs"), Name(b"S"));
        writer.finish();
        let packed = (content.len() > PLAIN).then(|| deflate(&content));
        let mut writer = self.document.object(stream).stream(stream, packed.as_ref().unwrap_or(&content));
        if packed.is_some() {
            writer.filter(pdf_writer::Filter::FlateDecode);
        }
        writer.finish();

        self.write_section(first, plan, said, &told, &ticket.label);
        self.structure.push((section, parts));
        Ok(())
    }

    /// What readers are told of a page; `first` is the page, its section, the list of parts and the parts follow it.
    fn write_section(
        &mut self,
        first: Ref,
        plan: &PlanPage,
        said: &[Option<String>],
        told: &[(usize, &str)],
        label: &str,
    ) {
        let id = |n: i32| Ref::new(first.get() + n);
        let (page, section, parts) = (first, id(2), id(3));
        let shown: Vec<bool> =
            plan.tags.iter().enumerate().map(|(number, tag)| tag.always || is_drawn(plan, said, number)).collect();
        let part = |number: usize| id(4 + i32::try_from(number).expect("elements are limited"));
        let mut writer = self.document.object(section).struct_element(section);
        writer.kind(pdf_writer::types::StructRole::Sect).parent(TOP);
        let mut children = writer.children();
        for number in (0..shown.len()).filter(|number| shown[*number]) {
            children.struct_element(part(number));
        }
        children.finish();
        writer.finish();
        let mut list = self.document.object(parts).indirect(parts).array();
        for (number, shown) in shown.iter().enumerate() {
            if *shown {
                list.item(part(number));
            } else {
                list.item(pdf_writer::Null);
            }
        }
        list.finish();
        for (number, tag) in plan.tags.iter().enumerate().filter(|(number, _)| shown[*number]) {
            let id = part(number);
            let mut writer = self.document.object(id).struct_element(id);
            writer.kind(tag.role.of_struct()).parent(section).page(page);
            match &tag.role {
                Role::Paragraph => {
                    let own = told.iter().find(|(tag, _)| *tag == number).map(|(_, text)| *text);
                    if let Some(text) = own.or(tag.told.as_deref()) {
                        writer.actual_text(TextStr(text));
                    }
                }
                Role::Figure(alt) => drop(writer.alt(TextStr(alt))),
                Role::Code => drop(writer.alt(TextStr(&format!("QR code {label}")))),
            }
            writer.pair(Name(b"K"), i32::try_from(number).expect("elements are limited"));
            writer.finish();
        }
    }

    /// The node of the page tree that a page belongs to.
    fn node_for(&mut self, page: Ref) -> Ref {
        let (_, full) = self.nodes.last().expect("there is always one");
        if full.len() == FAN_OUT {
            let node = self.document.allocate();
            self.nodes.push((node, Vec::with_capacity(FAN_OUT)));
        }
        let (node, pages) = self.nodes.last_mut().expect("there is always one");
        pages.push(page);
        *node
    }

    /// What is drawn on a page, and the texts by tag that its glyphs cannot tell.
    fn content<'s>(
        &mut self,
        plan: &'p PlanPage,
        said: &'s [Option<String>],
        ticket: &TicketPage,
        code: CodeOf,
        codes: &mut Codes,
    ) -> (Vec<u8>, Vec<(usize, &'s str)>)
    where
        'p: 's,
    {
        let mut told = Vec::new();
        let mut bytes = Vec::with_capacity(2048);
        for (step, said) in plan.steps.iter().zip(said) {
            let Some(said) = said else { continue };
            let mark = step.tag.map(|tag| (&plan.tags[tag].role, tag));
            match &step.draw {
                Draw::Bytes(drawn) => bytes.extend(drawn),
                Draw::OfType(texts) => {
                    let Some(text) = texts.get(&ticket.code.type_number) else { continue };
                    told.extend(step.tag.zip(text.told.as_deref()));
                    bytes.extend(&text.drawn);
                    bytes.push(b'\n');
                }
                Draw::Text(text) => {
                    let mut content = Content::with_settings(Settings { pretty: false });
                    begin_mark(&mut content, mark);
                    if !self.text(&mut content, text, said) {
                        told.extend(step.tag.map(|tag| (tag, said.as_str())));
                    }
                    content.end_marked_content();
                    bytes.extend(content.finish().as_slice());
                    bytes.push(b'\n');
                }
                Draw::Code { level, place, size } => {
                    let mut content = Content::with_settings(Settings { pretty: false });
                    begin_mark(&mut content, mark);
                    bytes.extend(content.finish().as_slice());
                    bytes.push(b'\n');
                    codes.image(*level, || code.text(&ticket.code)).draw(&mut bytes, place.square(*size));
                    bytes.extend(b"EMC\n");
                }
            }
        }
        (bytes, told)
    }

    /// Whether glyph after glyph tells the text.
    fn text(&mut self, content: &mut Content, text: &TicketText, said: &str) -> bool {
        let plan = self.plan;
        let fitted = fit(&plan.library, said, text.style, text.fit);
        let (own, document) = (&mut self.own, &mut self.document);
        let mut tells = true;
        text.place.draw(content, |content, x, y| {
            tells = show_lines(content, &TextBox { x, y, ..text.area }, &fitted, |run, glyph, text| {
                let shared = plan.fonts.get(&run.face).and_then(|font| font.subset.get(glyph, text));
                if let Some((number, tells)) = shared {
                    return Placed { font: FontName { face: run.face, own: false }, number, tells };
                }
                let font = own.entry(run.face).or_insert_with(|| OwnFont {
                    subset: Subset::default(),
                    object: document.allocate_many(Subset::OBJECTS),
                });
                let (number, tells) = font.subset.add(glyph, text);
                Placed { font: FontName { face: run.face, own: true }, number, tells }
            });
        });
        tells
    }

    /// Writes what all pages share and the table of objects. Returns the output and the hash of what went in.
    pub fn finish(mut self) -> Result<(W, ContentHash), RenderError> {
        for (face, font) in &self.own {
            let key = font.subset.key(*face, font.object);
            let write = || {
                let mut objects = Chunk::with_settings(Settings { pretty: false });
                let starts = font.subset.write(self.plan.library.face(*face), &mut objects, font.object)?;
                Ok(Arc::new(WrittenFont { objects, starts }))
            };
            let made = self.plan.own_fonts.try_get_with(key, write);
            let made = made.map_err(|error: Arc<String>| RenderError::Font((*error).clone()))?;
            self.document.append(&made.objects, &made.starts);
        }
        self.write_resources();
        self.write_page_tree();
        self.write_structure();
        let hash = ContentHash(self.hash.finalize().into());
        let id = *hash.0.first_chunk().expect("32 bytes hold 16");
        let out = self.document.finish(&self.plan.prefix, CATALOG, INFO, id)?;
        Ok((out, hash))
    }

    fn write_resources(&mut self) {
        let mut resources =
            self.document.object(RESOURCES).indirect(RESOURCES).start::<pdf_writer::writers::Resources>();
        let mut fonts = resources.fonts();
        let mut name = Vec::with_capacity(4);
        let shared = self.plan.fonts.iter().map(|(face, font)| (FontName { face: *face, own: false }, font.object));
        let own = self.own.iter().map(|(face, font)| (FontName { face: *face, own: true }, font.object));
        for (font, object) in shared.chain(own) {
            font.write(&mut name);
            fonts.pair(Name(&name), object);
        }
        fonts.finish();
        if !self.plan.pictures.is_empty() {
            let mut pictures = resources.x_objects();
            for (index, object) in self.plan.pictures.iter().enumerate() {
                pictures.pair(Name(plan::picture_name(index).as_bytes()), *object);
            }
            pictures.finish();
        }
        resources.finish();
    }

    fn write_page_tree(&mut self) {
        let total: usize = self.nodes.iter().map(|(_, pages)| pages.len()).sum();
        let count = |pages: usize| i32::try_from(pages).unwrap_or(i32::MAX);
        let (_, first) = &self.nodes[0];
        let inner: Vec<Ref> = self.nodes[1..].iter().map(|(node, _)| *node).collect();
        self.document.object(PAGES).pages(PAGES).kids(first.iter().copied().chain(inner)).count(count(total));
        for (node, pages) in &self.nodes[1..] {
            self.document
                .object(*node)
                .pages(*node)
                .parent(PAGES)
                .kids(pages.iter().copied())
                .count(count(pages.len()));
        }
    }

    fn write_structure(&mut self) {
        let mut top = self.document.object(TOP).struct_element(TOP);
        top.kind(pdf_writer::types::StructRole::Document).parent(TREE);
        let mut children = top.children();
        for (section, _) in &self.structure {
            children.struct_element(*section);
        }
        children.finish();
        top.finish();
        let mut parents = self.document.object(PARENTS).indirect(PARENTS).dict();
        let mut numbers = parents.insert(Name(b"Nums")).array();
        for ((_, parts), number) in self.structure.iter().zip(0_i32..) {
            numbers.item(number).item(*parts);
        }
        numbers.finish();
        parents.finish();
    }
}

/// Whether the part of this number is on a page.
fn is_drawn(plan: &PlanPage, said: &[Option<String>], number: usize) -> bool {
    plan.steps.iter().zip(said).any(|(step, said)| step.tag == Some(number) && said.is_some())
}

/// A ticket's code, signed once, and its pictures.
struct Codes {
    signed: Option<String>,
    images: Vec<(Level, QrImage)>,
}

impl Codes {
    fn image(&mut self, level: Level, sign: impl FnOnce() -> String) -> &QrImage {
        let known = self.images.iter().position(|(known, _)| *known == level);
        let index = known.unwrap_or_else(|| {
            let signed = self.signed.get_or_insert_with(sign);
            self.images.push((level, QrImage::encode(signed, level)));
            self.images.len() - 1
        });
        &self.images[index].1
    }
}

#[cfg(test)]
mod tests;
