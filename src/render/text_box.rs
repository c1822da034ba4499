//! A fitted text on its page: which font, where, in which colour, with its kerning.

use pdf_writer::{Content, Name, Str};

use super::{
    font::Glyph,
    text::{Fit, Fitted, Line},
};
use crate::domain::{Align, Weight};

/// From one baseline to the next, in ems.
const LINE_HEIGHT: f32 = 1.2;

/// A box of text, in points from the lower left corner.
#[derive(Clone, Copy)]
pub struct TextBox {
    pub x: f32,
    pub y: f32,
    pub fit: Fit,
    pub weight: Weight,
    pub align: Align,
    pub color: [u8; 3],
}

impl TextBox {
    /// Draws a fitted text; `place` says which font has a glyph, and under which number.
    pub fn draw(&self, content: &mut Content, fitted: &Fitted, mut place: impl FnMut(&Glyph) -> (Name<'static>, u16)) {
        content.begin_text();
        fill_color(content, self.color);
        for (index, line) in fitted.lines.iter().enumerate() {
            let slack = self.fit.width - line.width * fitted.size / 1000.0;
            let x = self.x
                + match self.align {
                    Align::Left => 0.0,
                    Align::Center => slack / 2.0,
                    Align::Right => slack,
                };
            let y = self.y - index as f32 * fitted.size * LINE_HEIGHT;
            content.set_text_matrix([1.0, 0.0, 0.0, 1.0, x, y]);
            show(content, line, fitted.size, &mut place);
        }
        content.end_text();
    }
}

/// Shows a line: runs of one font, each with the kerning between its glyphs.
fn show(content: &mut Content, line: &Line, size: f32, place: &mut impl FnMut(&Glyph) -> (Name<'static>, u16)) {
    let placed: Vec<_> = line.glyphs.iter().map(|glyph| (place(glyph), glyph.advance - glyph.width)).collect();
    for run in placed.chunk_by(|a, b| a.0.0 == b.0.0) {
        content.set_font(run[0].0.0, size);
        let mut show = content.show_positioned();
        let mut items = show.items();
        let mut bytes = Vec::with_capacity(run.len() * 2);
        for ((_, cid), kerning) in run {
            bytes.extend(cid.to_be_bytes());
            if kerning.abs() >= 0.5 {
                items.show(Str(&bytes)).adjust(-kerning.round());
                bytes.clear();
            }
        }
        if !bytes.is_empty() {
            items.show(Str(&bytes));
        }
    }
}

/// What a page calls the shared font of a weight, or the file's own additions to it.
pub fn font_name(weight: Weight, own: bool) -> Name<'static> {
    Name(match (weight, own) {
        (Weight::Regular, false) => b"F0",
        (Weight::Semibold, false) => b"F1",
        (Weight::Bold, false) => b"F2",
        (Weight::Regular, true) => b"X0",
        (Weight::Semibold, true) => b"X1",
        (Weight::Bold, true) => b"X2",
    })
}

/// Sets the colour of what is filled next.
pub fn fill_color(content: &mut Content, rgb: [u8; 3]) {
    let [r, g, b] = rgb.map(|channel| f32::from(channel) / 255.0);
    content.set_fill_rgb(r, g, b);
}
