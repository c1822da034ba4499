//! A4 pages that are made for one reader: what a layout is for tickets, written by a program. They are compiled like any
//! layout, so every script, font and reading order is as right on them as on a ticket.

use std::sync::Arc;

use super::{facts::TicketPage, plan::Plan, pool::RenderError, text::Library, ticket::Rendered};
use crate::domain::{
    ContentHash, EventLayout, EventSetup,
    layout::{Align, Element, Layout, LineShape, Page, Rect, Rgb, Text, VerticalAlign, Weight, Words},
};

/// The edges of A4 and the margin, in millimetres.
const WIDTH: f32 = 210.0;
const HEIGHT: f32 = 297.0;
pub const LEFT: f32 = 20.0;
pub const RIGHT: f32 = 190.0;
const LAST: f32 = 268.0;

pub const INK: Rgb = Rgb::Fixed(0x16, 0x18, 0x1d);
pub const FAINT: Rgb = Rgb::Fixed(0x5a, 0x60, 0x6b);
const RULE: Rgb = Rgb::Fixed(0xd5, 0xd9, 0xdf);

/// How a text looks.
#[derive(Clone, Copy)]
pub struct Look {
    pub size: f32,
    pub weight: Weight,
    pub align: Align,
    pub color: Rgb,
    pub lines: u16,
}

impl Look {
    /// Plain text of this size.
    pub const fn plain(size: f32) -> Self {
        Self { size, weight: Weight::Regular, align: Align::Start, color: INK, lines: 1 }
    }

    pub const fn bold(self) -> Self {
        Self { weight: Weight::Bold, ..self }
    }

    pub const fn faint(self) -> Self {
        Self { color: FAINT, ..self }
    }

    pub const fn end(self) -> Self {
        Self { align: Align::End, ..self }
    }

    pub const fn lines(self, lines: u16) -> Self {
        Self { lines, ..self }
    }
}

/// A column of a table: where it begins, how wide it is, how it looks.
#[derive(Clone, Copy)]
pub struct Column {
    pub x: f32,
    pub width: f32,
    pub look: Look,
}

/// Pages that are being filled from top to bottom.
pub struct Paper {
    pages: Vec<Vec<Element>>,
    /// How far down the page is filled.
    pub y: f32,
    /// Written at the foot of every page.
    foot: String,
}

impl Paper {
    /// A first page, with a band of the accent's colour at its top.
    pub fn new(foot: String) -> Self {
        let mut paper = Self { pages: Vec::new(), y: 0.0, foot };
        paper.turn();
        paper
    }

    fn turn(&mut self) {
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

    /// Goes to the next page if less than `height` is left on this one. Says whether it did.
    pub fn need(&mut self, height: f32) -> bool {
        let turn = self.y + height > LAST;
        if turn {
            self.turn();
        }
        turn
    }

    fn put(&mut self, element: Element) {
        self.pages.last_mut().expect("there is always one").push(element);
    }

    /// Writes at a place of the page.
    pub fn text(&mut self, x: f32, y: f32, width: f32, look: Look, words: &str) {
        let text = text(x, y, width, look, words);
        if !words.trim().is_empty() {
            self.put(Element::Text(text));
        }
    }

    /// Writes a line and goes down by `step`.
    pub fn line(&mut self, look: Look, step: f32, words: &str) {
        self.text(LEFT, self.y, RIGHT - LEFT, look, words);
        self.y += step;
    }

    /// Rules a line.
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
        self.put(Element::Line(line));
    }

    /// Writes a table, its head again on every page. `rows` are as high as their texts are long.
    pub fn table(&mut self, columns: &[Column], head: &[&str], rows: impl Iterator<Item = Vec<String>>) {
        const LINE: f32 = 4.6;
        self.need(3.0 * LINE);
        self.table_head(columns, head);
        for row in rows {
            let lines = |column: &Column, words: &String| {
                // About how many letters fit into a millimetre of this size; a line too few is shrunk or cut.
                let letters = (column.width * 5.2 / column.look.size).max(1.0);
                let needed = (words.chars().count() as f32 / letters).ceil().clamp(1.0, f32::from(column.look.lines));
                needed * LINE
            };
            let high = columns.iter().zip(&row).map(|(column, words)| lines(column, words)).fold(LINE, f32::max);
            if self.need(high + 2.4) {
                self.table_head(columns, head);
            }
            for (column, words) in columns.iter().zip(&row) {
                self.text(column.x, self.y, column.width, column.look, words);
            }
            self.y += high + 1.4;
            self.rule();
            self.y += 1.0;
        }
    }

    fn table_head(&mut self, columns: &[Column], head: &[&str]) {
        for (column, words) in columns.iter().zip(head) {
            let look = Look { lines: 1, ..Look { size: 7.5, weight: Weight::Semibold, color: FAINT, ..column.look } };
            self.text(column.x, self.y, column.width, look, words);
        }
        self.y += 5.0;
        self.rule();
        self.y += 1.2;
    }

    /// The finished file. `setup` lends its language, zone, colour and title.
    pub fn finish(
        mut self,
        library: &Arc<Library>,
        setup: &EventSetup,
        hash: ContentHash,
    ) -> Result<Rendered, RenderError> {
        let count = self.pages.len();
        for (page, number) in self.pages.iter_mut().zip(1..) {
            let look = Look::plain(7.0).faint();
            page.push(Element::Text(text(LEFT, 281.0, 140.0, look, &self.foot)));
            page.push(Element::Text(text(160.0, 281.0, 30.0, look.end(), &format!("{number} / {count}"))));
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
        let rendered = plan.render(&[TicketPage::sample(setup, "")], &setup.signer)?;
        Ok(Rendered { bytes: rendered.bytes, hash })
    }
}

fn text(x: f32, y: f32, width: f32, look: Look, words: &str) -> Text {
    // What a person wrote is no placeholder.
    let words = words.replace('{', "{{").replace('}', "}}");
    Text {
        id: None,
        when: None,
        x,
        y,
        width,
        height: None,
        text: Words::Same(words),
        size: look.size,
        smallest: Some((look.size * 0.7).min(look.size)),
        lines: Some(look.lines),
        weight: look.weight,
        align: look.align,
        vertical_align: VerticalAlign::Top,
        line_height: None,
        letter_spacing: None,
        color: look.color,
        rotate: None,
    }
}
