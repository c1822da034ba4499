//! Writes text on a page: font, colour, and the position of each glyph.

use std::ops::Range;

use pdf_writer::{Content, Finish, Name, Str, TextStr};

use super::{FontName, GlyphLocation};
use crate::text::{Fitted, Glyph, GlyphRun, ShapedLine};

/// A box of text, in points, in the coordinate system of its frame.
#[derive(Debug, Clone, Copy)]
pub struct TextBox {
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    pub width: f32,
    pub height: Option<f32>,
    /// Share of the free width that is before each line: 0, 0.5 or 1.
    pub before: f32,
    /// Share of the free height that is above the text: 0, 0.5 or 1.
    pub above: f32,
    pub line_height: f32,
    /// Metrics of the main family, in ems.
    pub ascent: f32,
    pub descent: f32,
    pub color: [u8; 3],
}

/// Draws fitted lines; `locate` returns the location of a glyph that represents some text.
/// Returns true if the glyphs map to the text one to one; otherwise `/ActualText` is needed.
pub fn show_lines(
    content: &mut Content,
    area: &TextBox,
    fitted: &Fitted,
    mut locate: impl FnMut(&GlyphRun, u16, &str) -> GlyphLocation,
) -> bool {
    let size = fitted.size;
    let pitch = size * area.line_height;
    let slack = area.height.map_or(0.0, |height| height - pitch * fitted.lines.len() as f32);
    // Like browsers: half of the difference between line height and letter height is above the letters.
    let first = (pitch - (area.ascent - area.descent) * size) / 2.0 + area.ascent * size;
    let top = area.y - slack * area.above - first;
    content.begin_text();
    fill_color(content, area.color);
    let mut pen = Pen { content, size, font: None, drift: 0.0, rise: 0.0, maps_to_text: true };
    for (index, line) in fitted.lines.iter().enumerate() {
        let x = area.x + (area.width - line.width * size / 1000.0) * area.before;
        pen.line(line, x, top - index as f32 * pitch, &mut locate);
    }
    let maps_to_text = pen.maps_to_text;
    content.end_text();
    maps_to_text
}

/// Rounds to thousandths of a point, which is finer than any printer.
fn round(points: f32) -> f32 {
    (points * 1000.0).round() / 1000.0
}

/// Largest invisible shift, in thousandths of an em: a fiftieth of a millimetre in a headline.
const MAX_INVISIBLE_SHIFT: f32 = 1.0;

struct Pen<'p> {
    content: &'p mut Content,
    size: f32,
    font: Option<FontName>,
    /// Distance of the correct pen position from the position by the font's widths, in thousandths of an em.
    drift: f32,
    rise: f32,
    /// True if all glyphs so far map to the text one to one, in order.
    maps_to_text: bool,
}

impl Pen<'_> {
    /// Shows a line with the start of its baseline at (x, y). Runs are written in text order, each at its own position.
    fn line(
        &mut self,
        line: &ShapedLine,
        x: f32,
        y: f32,
        locate: &mut impl FnMut(&GlyphRun, u16, &str) -> GlyphLocation,
    ) {
        let mut pen_x = x;
        let mut runs: Vec<_> = line
            .runs
            .iter()
            .map(|run| {
                let start = pen_x;
                let advance: f32 = line.glyphs[run.glyphs.clone()].iter().map(|glyph| glyph.advance).sum();
                pen_x += advance * self.size / 1000.0;
                (run, start, pen_x)
            })
            .collect();
        runs.sort_by_key(|(run, ..)| run.text.start);
        let mut at = None;
        for (run, start, end) in runs {
            if at != Some(start) {
                self.content.set_text_matrix([1.0, 0.0, 0.0, 1.0, round(start), round(y)]);
                self.drift = 0.0;
            }
            self.run(line, run, locate);
            at = Some(end);
        }
        if self.rise != 0.0 {
            self.content.set_rise(0.0);
            self.rise = 0.0;
        }
    }

    fn run(
        &mut self,
        line: &ShapedLine,
        run: &GlyphRun,
        locate: &mut impl FnMut(&GlyphRun, u16, &str) -> GlyphLocation,
    ) {
        if run.rtl {
            self.maps_to_text = false;
            return self.run_from_right(line, run, locate);
        }
        let glyphs = &line.glyphs[run.glyphs.clone()];
        let mut maps_to_text = glyphs.iter().all(|glyph| (glyph.dx, glyph.dy) == (0.0, 0.0));
        let located: Vec<_> = glyphs
            .iter()
            .zip(texts(glyphs, run))
            .map(|(glyph, text)| {
                let location = locate(run, glyph.id, text.clone().map_or("", |text| &line.text[text]));
                maps_to_text &= location.maps_to_text && text.is_some();
                (*glyph, location)
            })
            .collect();
        self.maps_to_text &= maps_to_text;
        self.span((!maps_to_text).then_some(&line.text[run.text.clone()]), &located);
    }

    /// PDF readers reverse right-to-left text glyph by glyph, and reverse the letters of a ligature wrongly. So each
    /// glyph carries one letter, and zero-advance spaces before it carry the further letters of a ligature.
    fn run_from_right(
        &mut self,
        line: &ShapedLine,
        run: &GlyphRun,
        locate: &mut impl FnMut(&GlyphRun, u16, &str) -> GlyphLocation,
    ) {
        let glyphs = &line.glyphs[run.glyphs.clone()];
        for (glyph, text) in glyphs.iter().zip(texts(glyphs, run)) {
            let text = text.map_or("", |text| &line.text[text]);
            let first = text.chars().next().map_or(0, char::len_utf8);
            let mut own = text;
            if let (Some(blank), true) = (&run.blank, text.len() > first) {
                own = &text[..first];
                for (at, letter) in text[first..].char_indices().rev() {
                    let at = first + at;
                    let location = locate(run, blank.id, " ");
                    self.span(Some(&text[at..at + letter.len_utf8()]), &[(*blank, location)]);
                }
            }
            let location = locate(run, glyph.id, own);
            self.span((!location.maps_to_text).then_some(own), &[(*glyph, location)]);
        }
    }

    /// Shows glyphs, with `/ActualText` if `text` is given.
    fn span(&mut self, text: Option<&str>, glyphs: &[(Glyph, GlyphLocation)]) {
        if let Some(text) = text {
            let mut span = self.content.begin_marked_content_with_properties(Name(b"Span"));
            span.properties().actual_text(TextStr(text));
            span.finish();
        }
        for part in glyphs.chunk_by(|a, b| a.1.font == b.1.font && a.0.dy == b.0.dy) {
            self.show_glyphs(part);
        }
        if text.is_some() {
            self.content.end_marked_content();
        }
    }

    /// Shows glyphs of one font at one height.
    fn show_glyphs(&mut self, glyphs: &[(Glyph, GlyphLocation)]) {
        let (first, location) = glyphs[0];
        if self.font != Some(location.font) {
            let mut name = Vec::with_capacity(4);
            location.font.write(&mut name);
            self.content.set_font(Name(&name), self.size);
            self.font = Some(location.font);
        }
        let rise = round(first.dy * self.size / 1000.0);
        if rise != self.rise {
            self.content.set_rise(rise);
            self.rise = rise;
        }
        let mut show = self.content.show_positioned();
        let mut items = show.items();
        let mut bytes = Vec::with_capacity(glyphs.len() * 2);
        for (glyph, location) in glyphs {
            let step = (self.drift + glyph.dx).round();
            if step.abs() > MAX_INVISIBLE_SHIFT {
                if !bytes.is_empty() {
                    items.show(Str(&bytes));
                    bytes.clear();
                }
                items.adjust(-step);
                self.drift -= step;
            }
            bytes.extend(location.number.to_be_bytes());
            self.drift += glyph.advance - glyph.width;
        }
        if !bytes.is_empty() {
            items.show(Str(&bytes));
        }
    }
}

/// Returns the text range of each glyph: from its letter to the next letter with a glyph. `None`, left to right only,
/// if the previous glyph represents the same letter or a later one.
fn texts(glyphs: &[Glyph], run: &GlyphRun) -> Vec<Option<Range<usize>>> {
    let mut starts: Vec<usize> = glyphs.iter().map(|glyph| glyph.cluster as usize).collect();
    starts.sort_unstable();
    starts.dedup();
    let mut last = None;
    let text = |glyph: &Glyph| {
        let start = glyph.cluster as usize;
        let in_order = last.is_none_or(|last| if run.rtl { start < last } else { start > last });
        last = Some(start);
        let next = starts[starts.partition_point(|other| *other <= start)..].first().copied();
        (in_order || run.rtl).then(|| start..next.unwrap_or(run.text.end))
    };
    glyphs.iter().map(text).collect()
}

/// Sets the fill colour.
pub fn fill_color(content: &mut Content, rgb: [u8; 3]) {
    let [r, g, b] = rgb.map(channel);
    content.set_fill_rgb(r, g, b);
}

/// Sets the stroke colour.
pub fn stroke_color(content: &mut Content, rgb: [u8; 3]) {
    let [r, g, b] = rgb.map(channel);
    content.set_stroke_rgb(r, g, b);
}

fn channel(value: u8) -> f32 {
    (f32::from(value) / 255.0 * 1000.0).round() / 1000.0
}
