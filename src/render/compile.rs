//! From a layout to a plan: what the event knows is filled in and drawn, what only a ticket knows becomes steps.

use std::{collections::BTreeMap, sync::Arc};

use pdf_writer::{Chunk, Content, Filter, Finish, Name, Ref, Settings, TextStr};
use sha2::{Digest, Sha256};

use super::{
    facts::{Condition, Facts, TypeFacts},
    frame::{Bounds, Frame, points},
    pdf::{
        Document, FontName, Picture, PictureError, Placed, Subset, TextBox, deflate, fill_color, show_lines,
        stroke_color,
    },
    plan::{
        CATALOG, Draw, INFO, OWN_FONT_BYTES, PAGES, PARENTS, Plan, PlanError, PlanFont, PlanPage, RESERVED, Role, Step,
        TOP, TREE, Tag, TicketText, TypeText, WrittenFont, begin_mark, picture_name,
    },
    shapes,
    text::{FaceId, Fit, Han, Library, Line, Style, clean, fit},
    usual::usual_letters,
};
use crate::domain::{
    ContentHash, EventLayout, EventSetup, TypeNumber,
    layout::{Align, Element, Fit as ImageFit, ImageBox, Page, Piece, Rgb, Template, Text, VerticalAlign, When},
};

/// Letters that a layout draws for all tickets, and for each of their types.
const MAX_LETTERS: usize = 100_000;
/// Texts of a ticket's own: each is shaped for every ticket.
const MAX_TICKET_TEXTS: usize = 100;
/// Pixels of all pictures of a layout.
const MAX_PIXELS: u64 = 20_000_000;

impl Plan {
    /// Compiles a layout for an event.
    pub fn compile(library: &Arc<Library>, layout: &EventLayout, setup: &EventSetup) -> Result<Self, PlanError> {
        let facts = Facts::new(setup);
        let compiler = Compiler {
            library,
            accent: Rgb::parse_accent(&setup.event.draft.accent_color).unwrap_or_default(),
            language: setup.event.draft.language.clone(),
            types: facts.types(),
            facts,
            document: Document::new(RESERVED),
            fonts: BTreeMap::new(),
            pictures: BTreeMap::new(),
            letters: MAX_LETTERS,
            ticket_texts: MAX_TICKET_TEXTS,
        };
        compiler.compile(layout, setup)
    }
}

struct Compiler<'a> {
    library: &'a Arc<Library>,
    accent: [u8; 3],
    language: String,
    facts: Facts<'a>,
    types: BTreeMap<TypeNumber, TypeFacts>,
    document: Document<Vec<u8>>,
    fonts: BTreeMap<FaceId, PlanFont>,
    pictures: BTreeMap<String, PlanPicture>,
    /// How many more may be drawn.
    letters: usize,
    ticket_texts: usize,
}

struct PlanPicture {
    picture: Picture,
    object: Ref,
}

/// A page while it is compiled.
struct Sheet {
    backdrop: Content,
    steps: Vec<Step>,
    tags: Vec<Tag>,
    /// Where something is drawn that differs: what lies above it must be drawn after it.
    covered: Vec<Bounds>,
}

/// Where an element stands and when it is shown.
struct Spot<'s> {
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
        hash.update(concat!("onsale ", env!("CARGO_PKG_VERSION"), " plan 2\n"));
        hash.update(layout.hash.0);
        hash.update(format!("{:?}\n{:?}\n{:?}\n", self.types, self.accent, self.language));
        hash.update(prefix.bytes());
        for page in &pages {
            page.update(&mut hash);
        }
        Ok(Plan {
            library: self.library.clone(),
            speech: self.facts.speech,
            types: self.types,
            prefix,
            fonts: self.fonts,
            pictures: self.pictures.values().map(|picture| picture.object).collect(),
            pages,
            own_fonts: moka::sync::Cache::builder()
                .weigher(|_, font: &Arc<WrittenFont>| u32::try_from(font.objects.len()).unwrap_or(u32::MAX))
                .max_capacity(OWN_FONT_BYTES as u64)
                .build(),
            hash: ContentHash(hash.finalize().into()),
        })
    }

    fn page(&mut self, index: usize, page: &Page) -> Result<PlanPage, PlanError> {
        let mut sheet = Sheet {
            backdrop: Content::with_settings(Settings { pretty: false }),
            steps: Vec::new(),
            tags: Vec::new(),
            covered: Vec::new(),
        };
        let frame = Frame::page(page.height);
        sheet.backdrop.begin_marked_content(Name(b"Artifact"));
        if let Some(color) = page.background {
            fill_color(&mut sheet.backdrop, color.resolve(self.accent));
            sheet.backdrop.rect(0.0, 0.0, points(page.width), points(page.height)).fill_nonzero();
        }
        if let Some(name) = &page.background_image {
            self.picture(&mut sheet.backdrop, &frame, name, page.width, page.height, ImageFit::Cover);
        }
        sheet.backdrop.end_marked_content();
        self.elements(&mut sheet, &format!("/pages/{index}"), &frame, &[], &page.elements)?;
        let backdrop = self.document.allocate();
        let packed = deflate(&sheet.backdrop.finish());
        self.document.object(backdrop).stream(backdrop, &packed).filter(Filter::FlateDecode);
        Ok(PlanPage {
            width: points(page.width),
            height: points(page.height),
            backdrop,
            steps: sheet.steps,
            tags: sheet.tags,
        })
    }

    fn elements(
        &mut self,
        sheet: &mut Sheet,
        pointer: &str,
        frame: &Frame,
        when: &[Condition],
        elements: &[Element],
    ) -> Result<(), PlanError> {
        for (index, element) in elements.iter().enumerate() {
            let Some(when) = self.conditions(element.when(), when) else { continue };
            let pointer = format!("{pointer}/elements/{index}");
            self.element(sheet, element, Spot { pointer, frame: *frame, when: &when })?;
        }
        Ok(())
    }

    /// The conditions that only a ticket can tell. `None`: it is never shown for this event.
    fn conditions(&self, own: Option<&When>, outer: &[Condition]) -> Option<Vec<Condition>> {
        let mut conditions = outer.to_vec();
        match own.map(|when| self.facts.judge(when)) {
            Some(Ok(false)) => return None,
            Some(Err(open)) => conditions.push(open),
            Some(Ok(true)) | None => {}
        }
        Some(conditions)
    }

    fn element(&mut self, sheet: &mut Sheet, element: &Element, spot: Spot) -> Result<(), PlanError> {
        match element {
            Element::Group(group) => {
                let frame = spot.frame.at(group.x, group.y, group.rotate);
                self.elements(sheet, &spot.pointer, &frame, spot.when, &group.elements)?;
            }
            Element::Text(text) => self.text(sheet, text, &spot)?,
            Element::Qr(qr) => {
                let place = spot.frame.at(qr.x, qr.y, qr.rotate);
                let size = points(qr.size);
                let tag = sheet.tag(Role::Code, false);
                sheet.covered.push(place.bounds(size, size));
                sheet.steps.push(Step {
                    when: spot.when.to_vec(),
                    tag: Some(tag),
                    draw: Draw::Code { level: qr.level, place, size },
                });
            }
            Element::Rect(rect) => {
                let place = spot.frame.at(rect.x, rect.y, rect.rotate);
                let (width, height) = (points(rect.width), points(rect.height));
                let accent = self.accent;
                let draw = |content: &mut Content, x: f32, y: f32| {
                    shapes::rect(content, rect, accent, [x, y - height, width, height]);
                };
                let margin = points(rect.stroke.unwrap_or(shapes::OUTLINE)) / 2.0;
                sheet.shape(&spot, &place, (width, height), margin, None, draw);
            }
            Element::Line(line) => {
                let place = spot.frame.at(line.x, line.y, None);
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
                sheet.shape(&spot, &place, (dx, dy), points(line.stroke) / 2.0, None, draw);
            }
            Element::Image(image) => self.image(sheet, image, &spot),
        }
        Ok(())
    }

    fn image(&mut self, sheet: &mut Sheet, image: &ImageBox, spot: &Spot) {
        let place = spot.frame.at(image.x, image.y, image.rotate);
        let (width, height) = (points(image.width), points(image.height));
        let tag = image.alt.as_ref().map(|alt| Role::Figure(alt.clone()));
        let draw = |content: &mut Content, x: f32, y: f32| {
            let frame = Frame::upright(x, y);
            self.picture(content, &frame, &image.image, image.width, image.height, image.fit);
        };
        sheet.shape(spot, &place, (width, height), 0.0, tag, draw);
    }

    /// Draws a picture into a box whose upper left corner is `frame`'s; sides in millimetres.
    fn picture(&self, content: &mut Content, frame: &Frame, name: &str, width: f32, height: f32, fit: ImageFit) {
        let Some((index, (_, PlanPicture { picture, .. }))) =
            self.pictures.iter().enumerate().find(|(_, (known, _))| *known == name)
        else {
            return;
        };
        let (x, y) = frame.origin();
        shapes::picture(content, &picture_name(index), picture, [x, y, points(width), points(height)], fit);
    }

    fn text(&mut self, sheet: &mut Sheet, text: &Text, spot: &Spot) -> Result<(), PlanError> {
        let template = Template::parse(text.text.of(&self.language))
            .map_err(|reason| PlanError::Element { pointer: format!("{}/text", spot.pointer), reason })?;
        let place = spot.frame.at(text.x, text.y, text.rotate);
        let (width, height) = (points(text.width), text.height.map(points));
        let style = Style {
            weight: text.weight,
            spacing: text.letter_spacing.unwrap_or(0.0) * 1000.0,
            han: Han::of_language(&self.language),
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
        let metrics = self.library.face(Library::primary(text.weight)).metrics;
        let area = TextBox {
            x: 0.0,
            y: 0.0,
            width,
            height,
            before: self.share_before(text.align),
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
                let number = sheet.tags.len();
                let words = clean(words).into_owned();
                self.spend(&spot.pointer, words.chars().count())?;
                let mut tells = true;
                let draw = |content: &mut Content, x: f32, y: f32| {
                    tells = self.show_shared(content, &TextBox { x, y, ..area }, &words, style, fit_box);
                };
                sheet.shape(spot, &place, (width, tall), 0.0, Some(Role::Paragraph), draw);
                sheet.tags[number].told = (!tells).then_some(words);
            }
            pieces => {
                let tag = sheet.tag(Role::Paragraph, false);
                sheet.covered.push(place.bounds(width, tall));
                let of_type = |piece: &Piece| piece.is_of_type() || matches!(piece, Piece::Words(_));
                let draw = if pieces.iter().all(of_type) {
                    let said = self.types.values().filter_map(|facts| facts.fill(pieces, &self.facts.speech));
                    self.spend(&spot.pointer, said.map(|said| said.chars().count()).sum())?;
                    Draw::OfType(self.draw_by_type(pieces, tag, &place, &area, style, fit_box))
                } else {
                    self.ticket_texts = self.ticket_texts.checked_sub(1).ok_or_else(|| PlanError::Element {
                        pointer: spot.pointer.clone(),
                        reason: format!("at most {MAX_TICKET_TEXTS} texts differ from ticket to ticket"),
                    })?;
                    self.add_usual(pieces, style);
                    Draw::Text(TicketText { pieces: pieces.to_vec(), place, area, style, fit: fit_box })
                };
                sheet.steps.push(Step { when: spot.when.to_vec(), tag: Some(tag), draw });
            }
        }
        Ok(())
    }

    fn spend(&mut self, pointer: &str, letters: usize) -> Result<(), PlanError> {
        self.letters = self.letters.checked_sub(letters).ok_or_else(|| PlanError::Element {
            pointer: format!("{pointer}/text"),
            reason: format!("all texts together have more than {MAX_LETTERS} letters"),
        })?;
        Ok(())
    }

    /// Draws a text with the fonts that all files share. Returns whether glyph after glyph tells it.
    fn show_shared(&mut self, content: &mut Content, area: &TextBox, words: &str, style: Style, frame: Fit) -> bool {
        let fitted = fit(self.library, words, style, frame);
        for run in fitted.lines.iter().flat_map(|line| &line.runs) {
            self.font(run.face);
        }
        show_lines(content, area, &fitted, |run, glyph, text| {
            let font = self.fonts.get_mut(&run.face).expect("it was just added");
            let (number, tells) = font.subset.add(glyph, text);
            Placed { font: FontName { face: run.face, own: false }, number, tells }
        })
    }

    /// A text that is the same on all tickets of a type, drawn for each.
    fn draw_by_type(
        &mut self,
        pieces: &[Piece],
        tag: usize,
        place: &Frame,
        area: &TextBox,
        style: Style,
        frame: Fit,
    ) -> BTreeMap<TypeNumber, TypeText> {
        let said: Vec<_> = self
            .types
            .iter()
            .filter_map(|(number, facts)| Some((*number, facts.fill(pieces, &self.facts.speech)?)))
            .collect();
        let draw = |(number, said): (TypeNumber, String)| {
            let said = clean(&said).into_owned();
            if said.trim().is_empty() {
                return None;
            }
            let mut content = Content::with_settings(Settings { pretty: false });
            begin_mark(&mut content, Some((&Role::Paragraph, tag)));
            let mut tells = true;
            place.draw(&mut content, |content, x, y| {
                tells = self.show_shared(content, &TextBox { x, y, ..*area }, &said, style, frame);
            });
            content.end_marked_content();
            Some((number, TypeText { drawn: content.finish().into_vec(), told: (!tells).then_some(said) }))
        };
        said.into_iter().filter_map(draw).collect()
    }

    fn share_before(&self, align: Align) -> f32 {
        let from_right = self.facts.speech.is_rtl();
        match align {
            Align::Center => 0.5,
            Align::Right => 1.0,
            Align::Start if from_right => 1.0,
            Align::End if !from_right => 1.0,
            Align::Left | Align::Start | Align::End => 0.0,
        }
    }

    /// Takes in the letters that most tickets will need.
    fn add_usual(&mut self, pieces: &[Piece], style: Style) {
        for text in usual_letters(pieces, &self.types, &self.facts.speech) {
            let line = Line::shape(self.library, &text, style, None);
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
        catalog.pair(Name(b"StructTreeRoot"), TREE);
        catalog.viewer_preferences().display_doc_title(true);
        catalog.finish();
        let mut info = self.document.object(INFO).indirect(INFO).start::<pdf_writer::writers::DocumentInfo>();
        info.title(TextStr(&clean(&draft.title)));
        info.producer(TextStr(concat!("Onsale ", env!("CARGO_PKG_VERSION"))));
        info.finish();
        let mut tree = self.document.object(TREE).indirect(TREE).dict();
        tree.pair(Name(b"Type"), Name(b"StructTreeRoot")).pair(Name(b"K"), TOP).pair(Name(b"ParentTree"), PARENTS);
        tree.finish();
        Ok(())
    }
}

impl Sheet {
    fn tag(&mut self, role: Role, always: bool) -> usize {
        self.tags.push(Tag { role, always, told: None });
        self.tags.len() - 1
    }

    /// Draws what is the same on every ticket: into the backdrop if it can, else over what differs.
    /// `draw` gets the upper left corner.
    fn shape(
        &mut self,
        spot: &Spot,
        place: &Frame,
        (width, height): (f32, f32),
        margin: f32,
        role: Option<Role>,
        draw: impl FnOnce(&mut Content, f32, f32),
    ) {
        let bounds = place.bounds(width, height).grown(margin);
        let on_top = !spot.when.is_empty() || self.covered.iter().any(|below| below.meets(&bounds));
        let tag = role.map(|role| self.tag(role, spot.when.is_empty()));
        let mut own = Content::with_settings(Settings { pretty: false });
        let content = if on_top { &mut own } else { &mut self.backdrop };
        begin_mark(content, tag.map(|tag| (&self.tags[tag].role, tag)));
        place.draw(content, draw);
        content.end_marked_content();
        if on_top {
            self.covered.push(bounds);
            self.steps.push(Step { when: spot.when.to_vec(), tag, draw: Draw::Bytes(own.finish().into_vec()) });
        }
    }
}
