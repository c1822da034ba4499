//! The press: tickets become pages of a document, one after the other.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::Arc,
};

use pdf_writer::{Chunk, Content, Finish, Name, Rect, Ref, Settings, TextStr};
use sha2::{Digest, Sha256};

use super::{
    facts::TicketPage,
    pdf::{Document, FontName, Placed, Subset, TextBox, deflate, show_lines},
    plan::{
        self, CATALOG, Draw, INFO, PAGES, PARENTS, Plan, PlanPage, RESOURCES, Role, TOP, TREE, TicketText, WrittenFont,
        begin_mark,
    },
    pool::RenderError,
    qr::QrImage,
    text::{FaceId, fit},
    ticket::CodeOf,
};
use crate::domain::{ContentHash, Level};

/// Streams shorter than this are written as they are: compressing them costs more than it saves.
const PLAIN: usize = 4096;
/// Pages in one node of the page tree.
const FAN_OUT: usize = 256;

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
