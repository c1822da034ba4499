//! Compiles a layout into a plan: text known from the event is drawn now, text known only from a ticket becomes a step.

use std::{collections::BTreeMap, sync::Arc};

use pdf_writer::{Chunk, Content, Filter, Finish, Name, Ref, Settings, TextStr};
use sha2::{Digest, Sha256};

use super::{
    RENDERER_VERSION,
    common_letters::common_letters,
    facts::{Condition, Facts, TypeFacts},
    frame::{Bounds, Frame, points},
    pdf::{
        FontName, GlyphLocation, PdfWriter, Picture, PictureError, Subset, TextBox, deflate, fill_color, show_lines,
        stroke_color,
    },
    plan::{
        CATALOG, Draw, INFO, LAST_FIXED_OBJECT, MAX_EXTRA_FONT_BYTES, PAGES, PARENT_TREE, Plan, PlanError, PlanFont,
        PlanPage, Role, STRUCT_DOCUMENT, STRUCT_TREE, Step, Tag, TicketText, TypeText, WrittenFont,
        begin_marked_content_for, picture_name,
    },
    shapes,
    text::{FaceId, Fit, FontLibrary, HanVariant, ShapedLine, Style, clean, fit},
    ticket::MAX_TEXT_CHARS,
};
use crate::domain::{
    ContentHash, EventLayout, EventSetup, TypeNumber,
    layout::{
        Align, Element, Field, Fit as ImageFit, ImageBox, Known, Page, Piece, Rgb, Template, Text, VerticalAlign, When,
    },
};

/// Limit of characters that a plan draws once for all tickets and once per ticket type.
const MAX_LETTERS: usize = 100_000;
/// Limit of the work for one ticket, in letters that are compared with the width of their box: 25 ns each. A ticket that
/// uses all of it takes about 25 ms. It counts the longest values that a ticket can have, so no name exceeds it.
const MAX_TICKET_WORK: usize = 1_000_000;
/// Work of shaping and drawing a letter of another script than its neighbours: the slowest kind.
const LETTER_WORK: usize = 80;
/// Work of drawing a code: the best of eight masks, and its modules.
const CODE_WORK: usize = 1_000;
/// Limit of pixels of all pictures of a layout together.
const MAX_PIXELS: u64 = 20_000_000;

impl Plan {
    /// Compiles a layout for an event.
    pub fn compile(library: &Arc<FontLibrary>, layout: &EventLayout, setup: &EventSetup) -> Result<Self, PlanError> {
        let facts = Facts::new(setup);
        let compiler = Compiler {
            library,
            accent: Rgb::parse_accent(&setup.event.draft.accent_color).unwrap_or_default(),
            language: setup.event.draft.language.clone(),
            types: facts.types(),
            facts,
            document: PdfWriter::new(LAST_FIXED_OBJECT),
            fonts: BTreeMap::new(),
            pictures: BTreeMap::new(),
            letters: MAX_LETTERS,
            work: MAX_TICKET_WORK,
        };
        compiler.compile(layout, setup)
    }
}

struct Compiler<'a> {
    library: &'a Arc<FontLibrary>,
    accent: [u8; 3],
    language: String,
    facts: Facts<'a>,
    types: BTreeMap<TypeNumber, TypeFacts>,
    document: PdfWriter<Vec<u8>>,
    fonts: BTreeMap<FaceId, PlanFont>,
    pictures: BTreeMap<String, PlanPicture>,
    /// Characters that may still be drawn.
    letters: usize,
    /// Work per ticket that may still be added.
    work: usize,
}

struct PlanPicture {
    picture: Picture,
    object: Ref,
}

/// A page while it is compiled.
struct PageBuilder {
    backdrop: Content,
    steps: Vec<Step>,
    tags: Vec<Tag>,
    /// Areas drawn per ticket. Anything above them must be drawn after them, so it cannot be in the backdrop.
    dynamic_areas: Vec<Bounds>,
}

/// Position of an element, and the conditions under which it is shown.
struct ElementContext<'s> {
    pointer: String,
    frame: Frame,
    when: &'s [Condition],
}

impl Compiler<'_> {
    fn compile(mut self, layout: &EventLayout, setup: &EventSetup) -> Result<Plan, PlanError> {
        let mut pixels = 0;
        for (name, image) in &layout.layout.images {
            let picture = Picture::read(&image.0).map_err(|error| PlanError::Picture { name: name.clone(), error })?;
            pixels += u64::from(picture.width) * u64::from(picture.height);
            if pixels > MAX_PIXELS {
                let error = PictureError::TooLarge(picture.width, picture.height);
                return Err(PlanError::Picture { name: name.clone(), error });
            }
            let object = self.document.allocate_many(Picture::OBJECTS);
            self.pictures.insert(name.clone(), PlanPicture { picture, object });
        }
        let mut pages = Vec::new();
        for (index, page) in layout.layout.pages.iter().enumerate() {
            pages.push(self.page(index, page)?);
        }
        self.write_shared(setup)?;
        let prefix = self.document.into_prefix();
        let mut hash = Sha256::new();
        hash.update(RENDERER_VERSION);
        hash.update(" plan\n");
        hash.update(layout.hash.0);
        hash.update(format!("{:?}\n{:?}\n{:?}\n", self.types, self.accent, self.language));
        hash.update(prefix.bytes());
        for page in &pages {
            page.update(&mut hash);
        }
        Ok(Plan {
            library: self.library.clone(),
            locale: self.facts.locale,
            types: self.types,
            prefix,
            fonts: self.fonts,
            pictures: self.pictures.values().map(|picture| picture.object).collect(),
            pages,
            extra_fonts: moka::sync::Cache::builder()
                .weigher(|_, font: &Arc<WrittenFont>| u32::try_from(font.objects.len()).unwrap_or(u32::MAX))
                .max_capacity(MAX_EXTRA_FONT_BYTES as u64)
                .build(),
            hash: ContentHash(hash.finalize().into()),
        })
    }

    fn page(&mut self, index: usize, page: &Page) -> Result<PlanPage, PlanError> {
        let mut builder = PageBuilder {
            backdrop: Content::with_settings(Settings { pretty: false }),
            steps: Vec::new(),
            tags: Vec::new(),
            dynamic_areas: Vec::new(),
        };
        let frame = Frame::page(page.height);
        builder.backdrop.begin_marked_content(Name(b"Artifact"));
        if let Some(color) = page.background {
            fill_color(&mut builder.backdrop, color.resolve(self.accent));
            builder.backdrop.rect(0.0, 0.0, points(page.width), points(page.height)).fill_nonzero();
        }
        if let Some(name) = &page.background_image {
            self.picture(&mut builder.backdrop, &frame, name, page.width, page.height, ImageFit::Cover);
        }
        builder.backdrop.end_marked_content();
        self.elements(&mut builder, &format!("/pages/{index}"), &frame, &[], &page.elements)?;
        let backdrop = self.document.allocate();
        let packed = deflate(&builder.backdrop.finish());
        self.document.object(backdrop).stream(backdrop, &packed).filter(Filter::FlateDecode);
        Ok(PlanPage {
            width: points(page.width),
            height: points(page.height),
            backdrop,
            steps: builder.steps,
            tags: builder.tags,
        })
    }

    fn elements(
        &mut self,
        builder: &mut PageBuilder,
        pointer: &str,
        frame: &Frame,
        when: &[Condition],
        elements: &[Element],
    ) -> Result<(), PlanError> {
        for (index, element) in elements.iter().enumerate() {
            let Some(when) = self.conditions(element.when(), when) else { continue };
            let pointer = format!("{pointer}/elements/{index}");
            self.element(builder, element, ElementContext { pointer, frame: *frame, when: &when })?;
        }
        Ok(())
    }

    /// Returns the conditions that depend on the ticket. `None` if the element is never shown for this event.
    fn conditions(&self, own: Option<&When>, outer: &[Condition]) -> Option<Vec<Condition>> {
        let mut conditions = outer.to_vec();
        match own.map(|when| self.facts.evaluate(when)) {
            Some(Ok(false)) => return None,
            Some(Err(open)) => conditions.push(open),
            Some(Ok(true)) | None => {}
        }
        Some(conditions)
    }

    fn element(
        &mut self,
        builder: &mut PageBuilder,
        element: &Element,
        context: ElementContext,
    ) -> Result<(), PlanError> {
        match element {
            Element::Group(group) => {
                let frame = context.frame.at(group.x, group.y, group.rotate);
                self.elements(builder, &context.pointer, &frame, context.when, &group.elements)?;
            }
            Element::Text(text) => self.text(builder, text, &context)?,
            Element::Qr(qr) => {
                let place = context.frame.at(qr.x, qr.y, qr.rotate);
                let size = points(qr.size);
                self.count_work(&context.pointer, CODE_WORK)?;
                let tag = builder.tag(Role::Code, false);
                builder.dynamic_areas.push(place.bounds(size, size));
                builder.steps.push(Step {
                    when: context.when.to_vec(),
                    tag: Some(tag),
                    draw: Draw::Code { level: qr.level, place, size },
                });
            }
            Element::Rect(rect) => {
                let place = context.frame.at(rect.x, rect.y, rect.rotate);
                let (width, height) = (points(rect.width), points(rect.height));
                let accent = self.accent;
                let draw = |content: &mut Content, x: f32, y: f32| {
                    shapes::rect(content, rect, accent, [x, y - height, width, height]);
                };
                let margin = points(rect.stroke.unwrap_or(shapes::DEFAULT_STROKE)) / 2.0;
                builder.shape(&context, &place, (width, height), margin, None, draw);
            }
            Element::Line(line) => {
                let place = context.frame.at(line.x, line.y, None);
                let (dx, dy) = (points(line.to_x - line.x), points(line.to_y - line.y));
                let color = line.color.resolve(self.accent);
                let draw = |content: &mut Content, x: f32, y: f32| {
                    content.save_state();
                    stroke_color(content, color);
                    content.set_line_width(points(line.stroke));
                    content.set_dash_pattern(line.dash.map(points), 0.0);
                    content.move_to(x, y).line_to(x + dx, y - dy).stroke();
                    content.restore_state();
                };
                builder.shape(&context, &place, (dx, dy), points(line.stroke) / 2.0, None, draw);
            }
            Element::Image(image) => self.image(builder, image, &context),
        }
        Ok(())
    }

    fn image(&mut self, builder: &mut PageBuilder, image: &ImageBox, context: &ElementContext) {
        let place = context.frame.at(image.x, image.y, image.rotate);
        let (width, height) = (points(image.width), points(image.height));
        let tag = image.alt.as_ref().map(|alt| Role::Figure(alt.clone()));
        let draw = |content: &mut Content, x: f32, y: f32| {
            let frame = Frame::upright(x, y);
            self.picture(content, &frame, &image.image, image.width, image.height, image.fit);
        };
        builder.shape(context, &place, (width, height), 0.0, tag, draw);
    }

    /// Draws a picture into a box at the origin of `frame`; width and height in millimetres.
    fn picture(&self, content: &mut Content, frame: &Frame, name: &str, width: f32, height: f32, fit: ImageFit) {
        let Some((index, (_, PlanPicture { picture, .. }))) =
            self.pictures.iter().enumerate().find(|(_, (known, _))| *known == name)
        else {
            return;
        };
        let (x, y) = frame.origin();
        shapes::picture(content, &picture_name(index), picture, [x, y, points(width), points(height)], fit);
    }

    fn text(&mut self, builder: &mut PageBuilder, text: &Text, context: &ElementContext) -> Result<(), PlanError> {
        let template = Template::parse(text.text.of(&self.language))
            .map_err(|reason| PlanError::Element { pointer: format!("{}/text", context.pointer), reason })?;
        let place = context.frame.at(text.x, text.y, text.rotate);
        let (width, height) = (points(text.width), text.height.map(points));
        let style = Style {
            weight: text.weight,
            spacing: text.letter_spacing.unwrap_or(0.0) * 1000.0,
            han: HanVariant::of_language(&self.language),
        };
        let line_height = text.line_height.unwrap_or(1.2);
        let fallback = if height.is_some() { 200 } else { 1 };
        let fit_box = Fit {
            width,
            height,
            size: text.size,
            smallest: text.smallest.unwrap_or(text.size).min(text.size),
            lines: usize::from(text.lines.unwrap_or(fallback)),
            line_height,
        };
        let metrics = self.library.face(FontLibrary::primary(text.weight)).metrics;
        let area = TextBox {
            x: 0.0,
            y: 0.0,
            width,
            height,
            before: self.slack_before(text.align),
            above: match text.vertical_align {
                VerticalAlign::Top => 0.0,
                VerticalAlign::Middle => 0.5,
                VerticalAlign::Bottom => 1.0,
            },
            line_height,
            ascent: metrics.ascent / 1000.0,
            descent: metrics.descent / 1000.0,
            color: text.color.resolve(self.accent),
        };
        let tall = height.unwrap_or(fit_box.lines as f32 * text.size * line_height);
        let pieces = self.facts.fill(&template);
        match pieces.as_slice() {
            [] => {}
            [Piece::Words(words)] => {
                let number = builder.tags.len();
                let words = clean(words).into_owned();
                self.count_letters(&context.pointer, words.chars().count())?;
                let mut maps_to_text = true;
                let draw = |content: &mut Content, x: f32, y: f32| {
                    maps_to_text = self.show_shared(content, &TextBox { x, y, ..area }, &words, style, fit_box);
                };
                builder.shape(context, &place, (width, tall), 0.0, Some(Role::Paragraph), draw);
                builder.tags[number].actual_text = (!maps_to_text).then_some(words);
            }
            pieces => {
                let tag = builder.tag(Role::Paragraph, false);
                builder.dynamic_areas.push(place.bounds(width, tall));
                let of_type = |piece: &Piece| piece.is_of_type() || matches!(piece, Piece::Words(_));
                let draw = if pieces.iter().all(of_type) {
                    let texts = self.types.values().filter_map(|facts| facts.fill(pieces, &self.facts.locale));
                    self.count_letters(&context.pointer, texts.map(|text| text.chars().count()).sum())?;
                    Draw::PerType(self.draw_by_type(pieces, tag, &place, &area, style, fit_box))
                } else {
                    let longest: usize = pieces.iter().map(longest_value).sum();
                    let work = longest.min(MAX_TEXT_CHARS) * (LETTER_WORK + fit_box.tries());
                    self.count_work(&context.pointer, work)?;
                    self.add_common_letters(pieces, style);
                    Draw::Text(TicketText { pieces: pieces.to_vec(), place, area, style, fit: fit_box })
                };
                builder.steps.push(Step { when: context.when.to_vec(), tag: Some(tag), draw });
            }
        }
        Ok(())
    }

    fn count_letters(&mut self, pointer: &str, letters: usize) -> Result<(), PlanError> {
        self.letters = self.letters.checked_sub(letters).ok_or_else(|| PlanError::Element {
            pointer: format!("{pointer}/text"),
            reason: format!("all texts together have more than {MAX_LETTERS} letters"),
        })?;
        Ok(())
    }

    fn count_work(&mut self, pointer: &str, work: usize) -> Result<(), PlanError> {
        self.work = self.work.checked_sub(work).ok_or_else(|| PlanError::Element {
            pointer: pointer.to_owned(),
            reason:
                "with this element a ticket could take longer than 25 ms: use fewer codes and texts that differ from \
                     ticket to ticket, or a `smallest` nearer to `size`"
                    .to_owned(),
        })?;
        Ok(())
    }

    /// Draws a text with the shared fonts. Returns true if its glyphs map to the text one to one.
    fn show_shared(&mut self, content: &mut Content, area: &TextBox, words: &str, style: Style, frame: Fit) -> bool {
        let fitted = fit(self.library, words, style, frame);
        for run in fitted.lines.iter().flat_map(|line| &line.runs) {
            self.font(run.face);
        }
        show_lines(content, area, &fitted, |run, glyph, text| {
            let font = self.fonts.get_mut(&run.face).expect("it was just added");
            let (number, maps_to_text) = font.subset.add(glyph, text);
            GlyphLocation { font: FontName { face: run.face, extra: false }, number, maps_to_text }
        })
    }

    /// Draws a text once for each ticket type.
    fn draw_by_type(
        &mut self,
        pieces: &[Piece],
        tag: usize,
        place: &Frame,
        area: &TextBox,
        style: Style,
        frame: Fit,
    ) -> BTreeMap<TypeNumber, TypeText> {
        let texts: Vec<_> = self
            .types
            .iter()
            .filter_map(|(number, facts)| Some((*number, facts.fill(pieces, &self.facts.locale)?)))
            .collect();
        let draw = |(number, text): (TypeNumber, String)| {
            let text = clean(&text).into_owned();
            if text.trim().is_empty() {
                return None;
            }
            let mut content = Content::with_settings(Settings { pretty: false });
            begin_marked_content_for(&mut content, Some((&Role::Paragraph, tag)));
            let mut maps_to_text = true;
            place.draw(&mut content, |content, x, y| {
                maps_to_text = self.show_shared(content, &TextBox { x, y, ..*area }, &text, style, frame);
            });
            content.end_marked_content();
            Some((
                number,
                TypeText { content: content.finish().into_vec(), actual_text: (!maps_to_text).then_some(text) },
            ))
        };
        texts.into_iter().filter_map(draw).collect()
    }

    fn slack_before(&self, align: Align) -> f32 {
        let from_right = self.facts.locale.is_rtl();
        match align {
            Align::Center => 0.5,
            Align::Right => 1.0,
            Align::Start if from_right => 1.0,
            Align::End if !from_right => 1.0,
            Align::Left | Align::Start | Align::End => 0.0,
        }
    }

    /// Adds the letters that most tickets need to the shared fonts.
    fn add_common_letters(&mut self, pieces: &[Piece], style: Style) {
        for text in common_letters(pieces, &self.types, &self.facts.locale) {
            let line = ShapedLine::shape(self.library, &text, style, None);
            for run in &line.runs {
                self.font(run.face);
                let font = self.fonts.get_mut(&run.face).expect("it was just added");
                for glyph in line.glyphs[run.glyphs.clone()].iter().filter(|glyph| glyph.id != 0) {
                    let start = glyph.cluster as usize;
                    let letter = line.text[start..].chars().next().map_or(0, char::len_utf8);
                    font.subset.add(glyph.id, &line.text[start..start + letter]);
                }
            }
        }
    }

    fn font(&mut self, face: FaceId) {
        let document = &mut self.document;
        self.fonts
            .entry(face)
            .or_insert_with(|| PlanFont { subset: Subset::default(), object: document.allocate_many(Subset::OBJECTS) });
    }

    fn write_shared(&mut self, setup: &EventSetup) -> Result<(), PlanError> {
        for (face, font) in &self.fonts {
            let mut chunk = Chunk::with_settings(Settings { pretty: false });
            let starts =
                font.subset.write(self.library.face(*face), &mut chunk, font.object).map_err(PlanError::Font)?;
            self.document.append(&chunk, &starts);
        }
        for PlanPicture { picture, object } in self.pictures.values() {
            let mut chunk = Chunk::with_settings(Settings { pretty: false });
            let starts = picture.write(&mut chunk, *object);
            self.document.append(&chunk, &starts);
        }
        let draft = &setup.event.draft;
        let mut catalog = self.document.object(CATALOG).indirect(CATALOG).start::<pdf_writer::writers::Catalog>();
        catalog.pages(PAGES).lang(TextStr(&draft.language));
        catalog.mark_info().marked(true);
        catalog.pair(Name(b"StructTreeRoot"), STRUCT_TREE);
        catalog.viewer_preferences().display_doc_title(true);
        catalog.finish();
        let mut info = self.document.object(INFO).indirect(INFO).start::<pdf_writer::writers::DocumentInfo>();
        info.title(TextStr(&clean(&draft.title)));
        info.producer(TextStr("Onsale"));
        info.finish();
        let mut tree = self.document.object(STRUCT_TREE).indirect(STRUCT_TREE).dict();
        tree.pair(Name(b"Type"), Name(b"StructTreeRoot"))
            .pair(Name(b"K"), STRUCT_DOCUMENT)
            .pair(Name(b"ParentTree"), PARENT_TREE);
        tree.finish();
        Ok(())
    }
}

impl PageBuilder {
    fn tag(&mut self, role: Role, always: bool) -> usize {
        self.tags.push(Tag { role, always, actual_text: None });
        self.tags.len() - 1
    }

    /// Draws content that is equal on every ticket: into the backdrop, or as a step if it is conditional or lies above
    /// a step. `draw` gets the upper left corner.
    fn shape(
        &mut self,
        context: &ElementContext,
        place: &Frame,
        (width, height): (f32, f32),
        margin: f32,
        role: Option<Role>,
        draw: impl FnOnce(&mut Content, f32, f32),
    ) {
        let bounds = place.bounds(width, height).grown(margin);
        let on_top = !context.when.is_empty() || self.dynamic_areas.iter().any(|below| below.overlaps(&bounds));
        let tag = role.map(|role| self.tag(role, context.when.is_empty()));
        let mut on_top_content = Content::with_settings(Settings { pretty: false });
        let target = if on_top { &mut on_top_content } else { &mut self.backdrop };
        begin_marked_content_for(target, tag.map(|tag| (&self.tags[tag].role, tag)));
        place.draw(target, draw);
        target.end_marked_content();
        if on_top {
            self.dynamic_areas.push(bounds);
            self.steps.push(Step {
                when: context.when.to_vec(),
                tag,
                draw: Draw::Bytes(on_top_content.finish().into_vec()),
            });
        }
    }
}
/// Returns the length of the longest value that a ticket can have there, in characters.
fn longest_value(piece: &Piece) -> usize {
    match piece {
        Piece::Words(words) => words.chars().count(),
        Piece::Value { field: Field::Answer(_) | Field::Known(Known::TicketTypeDescription), .. } => MAX_TEXT_CHARS,
        Piece::Value { field: Field::Known(Known::AttendeeEmail), .. } => 254,
        // Names have at most 200 characters; all other values are shorter.
        Piece::Value { field: Field::Known(_), .. } => 200,
    }
}
