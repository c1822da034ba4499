//! A4 pages of invoices and confirmations: a layout built by code instead of JSON. It is compiled like a ticket layout,
//! so scripts, fonts and reading order work the same.

use std::sync::Arc;

use super::{facts::TicketValues, plan::Plan, pool::RenderError, text::FontLibrary, ticket::Rendered};
use crate::domain::{
    ContentHash, EventLayout, EventSetup,
    layout::{Align, Element, Layout, LineShape, Page, Rect, Rgb, Text, VerticalAlign, Weight, Words},
};

// Page size and margins of A4, in millimetres.
const WIDTH: f32 = 210.0;
const HEIGHT: f32 = 297.0;
pub const LEFT: f32 = 20.0;
pub const RIGHT: f32 = 190.0;
const BOTTOM: f32 = 268.0;

pub const INK: Rgb = Rgb::Fixed(0x16, 0x18, 0x1d);
pub const GRAY: Rgb = Rgb::Fixed(0x5a, 0x60, 0x6b);
const RULE: Rgb = Rgb::Fixed(0xd5, 0xd9, 0xdf);

/// Format of a text.
#[derive(Clone, Copy)]
pub struct TextFormat {
    pub size: f32,
    pub weight: Weight,
    pub align: Align,
    pub color: Rgb,
    pub lines: u16,
}

impl TextFormat {
    /// Regular text, at most one line, of `size` points.
    pub const fn plain(size: f32) -> Self {
        Self { size, weight: Weight::Regular, align: Align::Start, color: INK, lines: 1 }
    }

    pub const fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    pub const fn gray(self) -> Self {
        Self { color: GRAY, ..self }
    }

    pub const fn end(self) -> Self {
        Self { align: Align::End, ..self }
    }

    pub const fn lines(self, lines: u16) -> Self {
        Self { lines, ..self }
    }
}

/// A column of a table: left edge and width in millimetres, and text format.
#[derive(Clone, Copy)]
pub struct Column {
    pub x: f32,
    pub width: f32,
    pub format: TextFormat,
}

/// A4 pages that are filled from top to bottom.
pub struct Paper {
    pages: Vec<Vec<Element>>,
    /// Next free position on the current page, in millimetres from its top.
    pub y: f32,
    /// Text at the foot of every page.
    footer: String,
}

impl Paper {
    /// Creates the first page. Each page has a band in the accent colour at its top.
    pub fn new(footer: String) -> Self {
        let mut paper = Self { pages: Vec::new(), y: 0.0, footer };
        paper.start_page();
        paper
    }

    fn start_page(&mut self) {
        let band = Rect {
            id: None,
            when: None,
            x: 0.0,
            y: 0.0,
            width: WIDTH,
            height: 6.0,
            fill: Some(Rgb::Accent),
            color: None,
            stroke: None,
            radius: None,
            rotate: None,
        };
        self.pages.push(vec![Element::Rect(band)]);
        self.y = 22.0;
    }

    /// Starts a new page if less than `height` millimetres are left on the current page. Returns true if it did.
    pub fn ensure_space(&mut self, height: f32) -> bool {
        let is_full = self.y + height > BOTTOM;
        if is_full {
            self.start_page();
        }
        is_full
    }

    fn push(&mut self, element: Element) {
        self.pages.last_mut().expect("there is always one").push(element);
    }

    /// Writes a text at a position of the current page.
    pub fn text(&mut self, x: f32, y: f32, width: f32, format: TextFormat, words: &str) {
        let text = text(x, y, width, format, words);
        if !words.trim().is_empty() {
            self.push(Element::Text(text));
        }
    }

    /// Writes a line over the full width and moves down by `step` millimetres.
    pub fn line(&mut self, format: TextFormat, step: f32, words: &str) {
        self.text(LEFT, self.y, RIGHT - LEFT, format, words);
        self.y += step;
    }

    /// Draws a horizontal line over the full width.
    pub fn rule(&mut self) {
        let line = LineShape {
            id: None,
            when: None,
            x: LEFT,
            y: self.y,
            to_x: RIGHT,
            to_y: self.y,
            stroke: 0.25,
            color: RULE,
            dash: None,
        };
        self.push(Element::Line(line));
    }

    /// Writes a table and repeats its header on every page. The height of a row depends on the length of its texts.
    pub fn table(&mut self, columns: &[Column], header: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        const LINE: f32 = 4.6;
        self.ensure_space(3.0 * LINE);
        self.table_header(columns, header);
        for row in rows {
            let lines = |column: &Column, words: &String| {
                // Approximate number of letters per line. If a line is missing, the text is shrunk or cut.
                let per_line = (column.width * 5.2 / column.format.size).max(1.0);
                let needed =
                    (words.chars().count() as f32 / per_line).ceil().clamp(1.0, f32::from(column.format.lines));
                needed * LINE
            };
            let height = columns.iter().zip(&row).map(|(column, words)| lines(column, words)).fold(LINE, f32::max);
            if self.ensure_space(height + 2.4) {
                self.table_header(columns, header);
            }
            for (column, words) in columns.iter().zip(&row) {
                self.text(column.x, self.y, column.width, column.format, words);
            }
            self.y += height + 1.4;
            self.rule();
            self.y += 1.0;
        }
    }

    fn table_header(&mut self, columns: &[Column], header: &[&str]) {
        for (column, words) in columns.iter().zip(header) {
            let format = TextFormat {
                lines: 1,
                ..TextFormat { size: 7.5, weight: Weight::Semibold, color: GRAY, ..column.format }
            };
            self.text(column.x, self.y, column.width, format, words);
        }
        self.y += 5.0;
        self.rule();
        self.y += 1.2;
    }

    /// Renders the file. `setup` provides language, time zone, accent colour and title.
    pub fn finish(
        mut self,
        library: &Arc<FontLibrary>,
        setup: &EventSetup,
        hash: ContentHash,
    ) -> Result<Rendered, RenderError> {
        let count = self.pages.len();
        for (page, number) in self.pages.iter_mut().zip(1..) {
            let format = TextFormat::plain(7.0).gray();
            page.push(Element::Text(text(LEFT, 281.0, 140.0, format, &self.footer)));
            page.push(Element::Text(text(160.0, 281.0, 30.0, format.end(), &format!("{number} / {count}"))));
        }
        let pages = self.pages.into_iter().map(|elements| Page {
            width: WIDTH,
            height: HEIGHT,
            background: None,
            background_image: None,
            elements,
        });
        let layout = Layout { schema: None, name: None, images: Default::default(), pages: pages.collect() };
        let plan = Plan::compile(library, &EventLayout::new(0, layout), setup)
            .map_err(|error| RenderError::Plan(error.to_string()))?;
        let rendered = plan.render(&[TicketValues::sample(setup, "")], &setup.signer)?;
        Ok(Rendered { bytes: rendered.bytes, hash })
    }
}

fn text(x: f32, y: f32, width: f32, format: TextFormat, words: &str) -> Text {
    // Braces in user input must not become placeholders.
    let words = words.replace('{', "{{").replace('}', "}}");
    Text {
        id: None,
        when: None,
        x,
        y,
        width,
        height: None,
        text: Words::Same(words),
        size: format.size,
        smallest: Some((format.size * 0.7).min(format.size)),
        lines: Some(format.lines),
        weight: format.weight,
        align: format.align,
        vertical_align: VerticalAlign::Top,
        line_height: None,
        letter_spacing: None,
        color: format.color,
        rotate: None,
    }
}
