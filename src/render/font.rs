//! The fonts that come with us, and shaping: from text to glyphs.

use std::sync::LazyLock;

use harfrust::{Buffer, Font, GlyphId, ShapeOptions, ShaperFont, shape};
use skrifa::{
    FontRef, MetadataProvider,
    instance::{LocationRef, Size},
};

use crate::domain::Weight;

/// One cut of the font family, ready to shape and to measure.
pub struct Face {
    pub data: &'static [u8],
    pub name: &'static str,
    pub metrics: FaceMetrics,
    font: Font,
}

/// What a PDF wants to know of a font, in thousandths of an em.
#[derive(Debug, Clone, Copy)]
pub struct FaceMetrics {
    pub ascent: f32,
    pub descent: f32,
    pub cap_height: f32,
    pub bbox: [f32; 4],
    units: f32,
}

/// A glyph on a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Glyph {
    pub id: u16,
    /// What it stands for, in the order of the text; empty for all but the first of a cluster.
    pub text: String,
    /// How far the next one is, in thousandths of an em, kerning included.
    pub advance: f32,
    /// How far it would be without kerning.
    pub width: f32,
}

static FACES: LazyLock<[Face; 3]> = LazyLock::new(|| {
    [
        Face::load("Inter-Regular", include_bytes!("fonts/Inter-Regular.ttf")),
        Face::load("Inter-SemiBold", include_bytes!("fonts/Inter-SemiBold.ttf")),
        Face::load("Inter-Bold", include_bytes!("fonts/Inter-Bold.ttf")),
    ]
});

impl Face {
    /// The face of this weight.
    pub fn of(weight: Weight) -> &'static Self {
        &FACES[weight as usize]
    }

    fn load(name: &'static str, data: &'static [u8]) -> Self {
        let font = Font::new(data, 0).expect("an embedded font parses");
        let file = FontRef::new(data).expect("an embedded font parses");
        let metrics = file.metrics(Size::unscaled(), LocationRef::default());
        let units = f32::from(metrics.units_per_em);
        let milli = |value: f32| value * 1000.0 / units;
        let bounds = metrics.bounds.expect("an embedded font has bounds");
        let metrics = FaceMetrics {
            ascent: milli(metrics.ascent),
            descent: milli(metrics.descent),
            cap_height: milli(metrics.cap_height.unwrap_or(metrics.ascent)),
            bbox: [bounds.x_min, bounds.y_min, bounds.x_max, bounds.y_max].map(milli),
            units,
        };
        Self { data, name, metrics, font }
    }

    /// Turns a line of text into glyphs. What the font does not have becomes glyph 0, a visible box.
    pub fn shape(&self, text: &str) -> Vec<Glyph> {
        let text = without_controls(text);
        let shaper = ShaperFont::new(&self.font);
        let mut buffer = Buffer::new();
        buffer.push_str(&text);
        buffer.guess_segment_properties();
        shape(&shaper, &mut buffer, ShapeOptions::new()).expect("the buffer holds text and has a direction");
        let mut starts: Vec<usize> = buffer.glyph_infos().iter().map(|info| info.cluster as usize).collect();
        starts.push(text.len());
        starts.sort_unstable();
        starts.dedup();
        let mut last_cluster = None;
        buffer
            .glyph_infos()
            .iter()
            .zip(buffer.glyph_positions())
            .map(|(info, position)| {
                let cluster = info.cluster as usize;
                let end = starts[starts.partition_point(|start| *start <= cluster).min(starts.len() - 1)];
                let repeated = last_cluster.replace(cluster) == Some(cluster);
                let milli = |units: i32| units as f32 * 1000.0 / self.metrics.units;
                Glyph {
                    id: u16::try_from(info.glyph_id).unwrap_or(0),
                    text: if repeated { String::new() } else { text[cluster..end].to_owned() },
                    advance: milli(position.x_advance),
                    width: milli(shaper.glyph_h_advance(GlyphId::new(info.glyph_id))),
                }
            })
            .collect()
    }

    /// The advance of a glyph of this font, in thousandths of an em.
    pub fn width(&self, glyph: u16) -> f32 {
        let advance = ShaperFont::new(&self.font).glyph_h_advance(GlyphId::from(glyph));
        advance as f32 * 1000.0 / self.metrics.units
    }
}

/// Text without what would disturb a line: controls, and marks that turn the direction of their surroundings.
fn without_controls(text: &str) -> String {
    text.chars()
        .filter(|c| {
            !c.is_control() && !matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shaping_keeps_the_text_and_applies_kerning() {
        let glyphs = Face::of(Weight::Regular).shape("AVATAR Tö");
        assert_eq!(glyphs.iter().map(|g| g.text.as_str()).collect::<String>(), "AVATAR Tö");
        assert!(glyphs[0].advance < glyphs[0].width, "A before V is kerned");
        assert!(glyphs.iter().all(|g| g.id != 0));
    }

    #[test]
    fn unknown_letters_are_boxes_and_controls_are_nothing() {
        let glyphs = Face::of(Weight::Bold).shape("a\u{202e}\u{7}漢");
        assert_eq!(
            glyphs.iter().map(|g| (g.id == 0, g.text.as_str())).collect::<Vec<_>>(),
            [(false, "a"), (true, "漢")]
        );
    }
}
