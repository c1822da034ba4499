//! A font: shapes and measures text.

use std::{
    cell::RefCell,
    ops::Range,
    sync::{Mutex, PoisonError},
};

use harfrust::{
    Buffer, ClusterLevel, Direction, Font, GlyphId, Script, ShapeOptions, ShapePlan, ShaperFont, Tag, shape,
};
use skrifa::{
    FontRef, MetadataProvider,
    charmap::Charmap,
    instance::{LocationRef, Size},
    raw::TableProvider,
    string::StringId,
};

/// A font: a file, or one font of a collection.
pub struct Face {
    pub data: &'static [u8],
    pub index: u32,
    /// PostScript name.
    pub name: String,
    pub metrics: Metrics,
    pub outlines: Outlines,
    font: Font,
    letters: Charmap<'static>,
    /// Cache of shape plans per script and direction: creating a plan costs more than using it.
    plans: Mutex<Vec<&'static ShapePlan>>,
}

/// Font metrics for a PDF, in thousandths of an em.
#[derive(Debug, Clone, Copy)]
pub struct Metrics {
    pub ascent: f32,
    pub descent: f32,
    pub cap_height: f32,
    pub italic_angle: f32,
    pub bbox: [f32; 4],
    units: f32,
}

/// Outline format of a font.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlines {
    TrueType,
    Cff,
}

/// A positioned glyph; distances in thousandths of an em.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Glyph {
    pub id: u16,
    /// Offset in the text of the first letter that the glyph represents, in bytes.
    pub cluster: u32,
    /// Distance to the next glyph, including kerning.
    pub advance: f32,
    /// Advance width in the font's table, without kerning.
    pub width: f32,
    /// Offset from the pen position, for example of a combining mark.
    pub dx: f32,
    pub dy: f32,
}

/// Script and direction of letters that are shaped together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shaping {
    pub script: unicode_script::Script,
    pub rtl: bool,
}

impl Face {
    /// Reads a font. `None` if the font is broken or has no outlines.
    pub fn load(data: &'static [u8], index: u32) -> Option<Self> {
        let file = FontRef::from_index(data, index).ok()?;
        let font = Font::new(data, index)?;
        let outlines = match (file.glyf().is_ok(), file.cff().is_ok()) {
            (true, _) => Outlines::TrueType,
            (false, true) => Outlines::Cff,
            (false, false) => return None,
        };
        let measured = file.metrics(Size::unscaled(), LocationRef::default());
        let units = f32::from(measured.units_per_em);
        let milli = |value: f32| value * 1000.0 / units;
        let bounds = measured.bounds?;
        let metrics = Metrics {
            ascent: milli(measured.ascent),
            descent: milli(measured.descent),
            cap_height: milli(measured.cap_height.unwrap_or(measured.ascent)),
            italic_angle: measured.italic_angle,
            bbox: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(milli),
            units,
        };
        let name = file.localized_strings(StringId::POSTSCRIPT_NAME).english_or_first()?.to_string();
        let name = name.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        Some(Self { data, index, name, metrics, outlines, font, letters: file.charmap(), plans: Mutex::default() })
    }

    /// True if the font has a glyph for this character.
    pub fn has(&self, letter: char) -> bool {
        self.letters.map(letter).is_some_and(|glyph| glyph.to_u32() != 0)
    }

    /// Returns the space glyph with advance 0: it can carry text and moves nothing on the page.
    pub fn blank(&self) -> Option<Glyph> {
        let id = u16::try_from(self.letters.map(' ')?.to_u32()).ok()?;
        Some(Glyph { id, cluster: 0, advance: 0.0, width: self.width(id), dx: 0.0, dy: 0.0 })
    }

    /// Returns the advance width of a glyph as written in the PDF: from the font, in whole thousandths of an em.
    pub fn width(&self, glyph: u16) -> f32 {
        self.milli(ShaperFont::new(&self.font).glyph_h_advance(GlyphId::from(glyph))).round()
    }

    /// Returns the CFF table of a font. `None` if it has no such table.
    pub fn cff(data: &[u8]) -> Option<&[u8]> {
        let table = FontRef::from_index(data, 0).ok()?.table_data(skrifa::Tag::new(b"CFF "))?;
        Some(table.as_bytes())
    }

    /// Shapes `text[range]` and appends the glyphs, in drawing order, to `glyphs`.
    pub fn shape(&self, text: &str, range: Range<usize>, shaping: Shaping, glyphs: &mut Vec<Glyph>) {
        thread_local! {
            static BUFFER: RefCell<Buffer> = RefCell::new(Buffer::new());
        }
        BUFFER.with_borrow_mut(|buffer| self.shape_in(buffer, text, range, shaping, glyphs));
    }

    fn shape_in(
        &self,
        buffer: &mut Buffer,
        text: &str,
        range: Range<usize>,
        shaping: Shaping,
        glyphs: &mut Vec<Glyph>,
    ) {
        let plan = self.plan(shaping);
        let shaper = ShaperFont::new(&self.font);
        buffer.reset();
        buffer.set_cluster_level(if shaping.rtl { ClusterLevel::Characters } else { ClusterLevel::MonotoneCharacters });
        // The text around the range decides how letters at its ends join, even if it is in another font.
        if shaping.script != unicode_script::Script::Latin {
            buffer.set_pre_context(&text[..range.start]);
            buffer.set_post_context(&text[range.end..]);
        }
        for (at, letter) in text[range.clone()].char_indices() {
            buffer.push(u32::from(letter), cluster(range.start + at));
        }
        buffer.set_direction(plan.direction());
        buffer.set_script(plan.script());
        let options = ShapeOptions::new().plan(Some(plan));
        if shape(&shaper, buffer, options).is_err() {
            // Happens only if text and plan disagree; then one missing-glyph box replaces the letters.
            glyphs.push(Glyph { id: 0, cluster: cluster(range.start), advance: 600.0, width: 600.0, dx: 0.0, dy: 0.0 });
            return;
        }
        glyphs.extend(buffer.glyph_infos().iter().zip(buffer.glyph_positions()).map(|(info, position)| Glyph {
            id: u16::try_from(info.glyph_id).unwrap_or(0),
            cluster: info.cluster,
            advance: self.milli(position.x_advance),
            width: self.milli(shaper.glyph_h_advance(GlyphId::new(info.glyph_id))).round(),
            dx: self.milli(position.x_offset),
            dy: self.milli(position.y_offset),
        }));
    }

    fn milli(&self, units: i32) -> f32 {
        units as f32 * 1000.0 / self.metrics.units
    }

    fn plan(&self, shaping: Shaping) -> &'static ShapePlan {
        let direction = if shaping.rtl { Direction::RightToLeft } else { Direction::LeftToRight };
        let script = Script::from_iso15924_tag(Tag::new(&shaping.script.as_iso15924_tag().to_be_bytes()));
        let mut plans = self.plans.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = plans.iter().find(|plan| plan.direction() == direction && plan.script() == script) {
            return known;
        }
        // Never freed, like the font: a few hundred bytes per font and script.
        let plan: &'static ShapePlan = Box::leak(Box::new(ShapePlan::new(&self.font, direction, script, None, &[])));
        plans.push(plan);
        plan
    }
}

fn cluster(at: usize) -> u32 {
    u32::try_from(at).expect("a text on a page is not gigabytes long")
}
