//! Writes tickets as pages of one PDF file, one after the other.

use std::{
    collections::BTreeMap,
    io::{self, Write},
    sync::Arc,
};

use pdf_writer::{Chunk, Content, Finish, Name, Rect, Ref, Settings, TextStr};
use sha2::{Digest, Sha256};

use super::{
    code_source::CodeSource,
    facts::TicketValues,
    pdf::{FontName, GlyphLocation, PdfWriter, Subset, TextBox, deflate, show_lines},
    plan::{
        self, CATALOG, Draw, INFO, PAGES, PARENT_TREE, Plan, PlanPage, RESOURCES, Role, STRUCT_DOCUMENT, STRUCT_TREE,
        TicketText, WrittenFont, begin_marked_content_for,
    },
    pool::RenderError,
    qr::QrImage,
    text::{FaceId, fit},
};
use crate::domain::{ContentHash, Level};

/// Content streams up to this size in bytes are not compressed: compression costs more than it saves.
const MAX_UNCOMPRESSED_BYTES: usize = 4096;
/// Pages per node of the page tree.
const PAGES_PER_NODE: usize = 256;

/// Writer of a PDF file of tickets. It keeps in memory only the offsets and numbers of objects, not the pages.
pub struct TicketPdfWriter<'p, W> {
    plan: &'p Plan,
    document: PdfWriter<W>,
    extra_fonts: BTreeMap<FaceId, ExtraFont>,
    hash: Sha256,
    /// Nodes of the page tree, each with its page objects.
    nodes: Vec<(Ref, Vec<Ref>)>,
    /// For each page its section in the structure tree, and the array of its parts.
    structure: Vec<(Ref, Ref)>,
}

/// Glyphs that this file needs and that the plan's fonts lack.
struct ExtraFont {
    subset: Subset,
    object: Ref,
}

impl<'p, W: Write> TicketPdfWriter<'p, W> {
    /// Begins a file.
    pub fn begin(plan: &'p Plan, out: W) -> io::Result<Self> {
        Ok(Self {
            plan,
            document: PdfWriter::begin(out, &plan.prefix)?,
            extra_fonts: BTreeMap::new(),
            hash: plan.begin_hash(),
            nodes: vec![(PAGES, Vec::new())],
            structure: Vec::new(),
        })
    }

    /// Adds the pages of a ticket.
    pub fn ticket(&mut self, page: &TicketValues, code: CodeSource) -> io::Result<()> {
        let texts = self.plan.texts_of(page);
        self.plan.hash_ticket(&mut self.hash, page, &texts, code);
        let mut codes = CodeImages { signed: None, images: Vec::new() };
        let mut from = 0;
        for plan in &self.plan.pages {
            let to = from + plan.steps.len();
            self.page(plan, &texts[from..to], page, code, &mut codes)?;
            from = to;
        }
        self.document.flush_if_full()
    }

    fn page(
        &mut self,
        plan: &'p PlanPage,
        texts: &[Option<String>],
        ticket: &TicketValues,
        code: CodeSource,
        codes: &mut CodeImages,
    ) -> io::Result<()> {
        let (content, actual_texts) = self.content(plan, texts, ticket, code, codes);
        let count = i32::try_from(plan.tags.len()).expect("elements are limited");
        // Consecutive numbers: the page, its content, its section, the array of parts, the parts.
        let first = self.document.allocate_many(4 + count);
        let id = |n: i32| Ref::new(first.get() + n);
        let (page, stream, section, parts) = (first, id(1), id(2), id(3));

        let parent = self.add_to_page_tree(page);
        let number = i32::try_from(self.structure.len()).map_err(io::Error::other)?;
        let mut writer = self.document.object(page).page(page);
        writer.parent(parent).media_box(Rect::new(0.0, 0.0, plan.width, plan.height));
        writer.pair(Name(b"Resources"), RESOURCES);
        writer.contents_array([plan.backdrop, stream]).struct_parents(number);
        writer.pair(Name(b"Tabs"), Name(b"S"));
        writer.finish();
        let packed = (content.len() > MAX_UNCOMPRESSED_BYTES).then(|| deflate(&content));
        let mut writer = self.document.object(stream).stream(stream, packed.as_ref().unwrap_or(&content));
        if packed.is_some() {
            writer.filter(pdf_writer::Filter::FlateDecode);
        }
        writer.finish();

        self.write_section(first, plan, texts, &actual_texts, &ticket.label);
        self.structure.push((section, parts));
        Ok(())
    }

    /// Writes the structure elements of a page. Numbers from `first`: page, content, section, array of parts, parts.
    fn write_section(
        &mut self,
        first: Ref,
        plan: &PlanPage,
        texts: &[Option<String>],
        actual_texts: &[(usize, &str)],
        label: &str,
    ) {
        let id = |n: i32| Ref::new(first.get() + n);
        let (page, section, parts) = (first, id(2), id(3));
        let shown: Vec<bool> =
            plan.tags.iter().enumerate().map(|(number, tag)| tag.always || is_drawn(plan, texts, number)).collect();
        let part = |number: usize| id(4 + i32::try_from(number).expect("elements are limited"));
        let mut writer = self.document.object(section).struct_element(section);
        writer.kind(pdf_writer::types::StructRole::Sect).parent(STRUCT_DOCUMENT);
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
            writer.kind(tag.role.struct_role()).parent(section).page(page);
            match &tag.role {
                Role::Paragraph => {
                    let own = actual_texts.iter().find(|(tag, _)| *tag == number).map(|(_, text)| *text);
                    if let Some(text) = own.or(tag.actual_text.as_deref()) {
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

    /// Adds a page to the page tree and returns its node.
    fn add_to_page_tree(&mut self, page: Ref) -> Ref {
        let (_, full) = self.nodes.last().expect("there is always one");
        if full.len() == PAGES_PER_NODE {
            let node = self.document.allocate();
            self.nodes.push((node, Vec::with_capacity(PAGES_PER_NODE)));
        }
        let (node, pages) = self.nodes.last_mut().expect("there is always one");
        pages.push(page);
        *node
    }

    /// Returns the content of a page, and (tag, text) of each text that its glyphs do not map to one to one.
    fn content<'s>(
        &mut self,
        plan: &'p PlanPage,
        texts: &'s [Option<String>],
        ticket: &TicketValues,
        code: CodeSource,
        codes: &mut CodeImages,
    ) -> (Vec<u8>, Vec<(usize, &'s str)>)
    where
        'p: 's,
    {
        let mut actual_texts = Vec::new();
        let mut bytes = Vec::with_capacity(2048);
        for (step, step_text) in plan.steps.iter().zip(texts) {
            let Some(step_text) = step_text else { continue };
            let mark = step.tag.map(|tag| (&plan.tags[tag].role, tag));
            match &step.draw {
                Draw::Bytes(drawn) => bytes.extend(drawn),
                Draw::PerType(texts) => {
                    let Some(text) = texts.get(&ticket.code.type_number) else { continue };
                    actual_texts.extend(step.tag.zip(text.actual_text.as_deref()));
                    bytes.extend(&text.content);
                    bytes.push(b'\n');
                }
                Draw::Text(text) => {
                    let mut content = Content::with_settings(Settings { pretty: false });
                    begin_marked_content_for(&mut content, mark);
                    if !self.text(&mut content, text, step_text) {
                        actual_texts.extend(step.tag.map(|tag| (tag, step_text.as_str())));
                    }
                    content.end_marked_content();
                    bytes.extend(content.finish().as_slice());
                    bytes.push(b'\n');
                }
                Draw::Code { level, place, size } => {
                    let mut content = Content::with_settings(Settings { pretty: false });
                    begin_marked_content_for(&mut content, mark);
                    bytes.extend(content.finish().as_slice());
                    bytes.push(b'\n');
                    codes.image(*level, || code.text(&ticket.code)).draw(&mut bytes, place.square(*size));
                    bytes.extend(b"EMC\n");
                }
            }
        }
        (bytes, actual_texts)
    }

    /// Draws a text. Returns true if its glyphs map to the text one to one.
    fn text(&mut self, content: &mut Content, draw: &TicketText, text: &str) -> bool {
        let plan = self.plan;
        let fitted = fit(&plan.library, text, draw.style, draw.fit);
        let (extra_fonts, document) = (&mut self.extra_fonts, &mut self.document);
        let mut maps_to_text = true;
        draw.place.draw(content, |content, x, y| {
            maps_to_text = show_lines(content, &TextBox { x, y, ..draw.area }, &fitted, |run, glyph, glyph_text| {
                let shared = plan.fonts.get(&run.face).and_then(|font| font.subset.get(glyph, glyph_text));
                if let Some((number, maps_to_text)) = shared {
                    return GlyphLocation { font: FontName { face: run.face, extra: false }, number, maps_to_text };
                }
                let font = extra_fonts.entry(run.face).or_insert_with(|| ExtraFont {
                    subset: Subset::default(),
                    object: document.allocate_many(Subset::OBJECTS),
                });
                let (number, maps_to_text) = font.subset.add(glyph, glyph_text);
                GlyphLocation { font: FontName { face: run.face, extra: true }, number, maps_to_text }
            });
        });
        maps_to_text
    }

    /// Writes the objects that all pages share and the xref table. Returns the output and the hash of the inputs.
    pub fn finish(mut self) -> Result<(W, ContentHash), RenderError> {
        for (face, font) in &self.extra_fonts {
            let key = font.subset.key(*face, font.object);
            let write = || {
                let mut objects = Chunk::with_settings(Settings { pretty: false });
                let starts = font.subset.write(self.plan.library.face(*face), &mut objects, font.object)?;
                Ok(Arc::new(WrittenFont { objects, starts }))
            };
            let written = self.plan.extra_fonts.try_get_with(key, write);
            let written = written.map_err(|error: Arc<String>| RenderError::Font((*error).clone()))?;
            self.document.append(&written.objects, &written.starts);
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
        let shared = self.plan.fonts.iter().map(|(face, font)| (FontName { face: *face, extra: false }, font.object));
        let extra = self.extra_fonts.iter().map(|(face, font)| (FontName { face: *face, extra: true }, font.object));
        for (font, object) in shared.chain(extra) {
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
        let mut top = self.document.object(STRUCT_DOCUMENT).struct_element(STRUCT_DOCUMENT);
        top.kind(pdf_writer::types::StructRole::Document).parent(STRUCT_TREE);
        let mut children = top.children();
        for (section, _) in &self.structure {
            children.struct_element(*section);
        }
        children.finish();
        top.finish();
        let mut parents = self.document.object(PARENT_TREE).indirect(PARENT_TREE).dict();
        let mut numbers = parents.insert(Name(b"Nums")).array();
        for ((_, parts), number) in self.structure.iter().zip(0_i32..) {
            numbers.item(number).item(*parts);
        }
        numbers.finish();
        parents.finish();
    }
}

/// True if a step draws the part with this number.
fn is_drawn(plan: &PlanPage, texts: &[Option<String>], number: usize) -> bool {
    plan.steps.iter().zip(texts).any(|(step, text)| step.tag == Some(number) && text.is_some())
}

/// A ticket's code, signed once, and its images by error correction level.
struct CodeImages {
    signed: Option<String>,
    images: Vec<(Level, QrImage)>,
}

impl CodeImages {
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
