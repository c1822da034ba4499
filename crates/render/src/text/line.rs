//! Shapes a line of text: splits it into runs of one direction, script and font.

use std::ops::Range;

use unicode_bidi::{BidiInfo, Level, ParagraphBidiInfo};
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    face::{Glyph, Shaping},
    han::HanVariant,
    library::{FaceId, FontLibrary},
};
use crate::domain::Weight;

/// Style of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    pub weight: Weight,
    /// Letter spacing, in thousandths of an em.
    pub spacing: f32,
    pub han: HanVariant,
}

impl Style {
    /// Returns the Han variant for a text: from its letters if they show it, otherwise from the style.
    pub fn han_of(&self, text: &str) -> HanVariant {
        HanVariant::of_text(text).unwrap_or(self.han)
    }
}

/// A shaped line; runs and glyphs in drawing order.
#[derive(Debug, Clone, Default)]
pub struct ShapedLine {
    pub text: String,
    pub runs: Vec<GlyphRun>,
    pub glyphs: Vec<Glyph>,
    /// In thousandths of an em.
    pub width: f32,
}

/// Glyphs of one font and one direction.
#[derive(Debug, Clone)]
pub struct GlyphRun {
    pub face: FaceId,
    pub rtl: bool,
    /// Right to left only: glyph that carries the further letters of a ligature.
    pub blank: Option<Glyph>,
    /// Range of the line's text, in bytes.
    pub text: Range<usize>,
    /// Range of the line's glyphs.
    pub glyphs: Range<usize>,
}

/// A run before it is shaped.
struct Item {
    text: Range<usize>,
    level: Level,
    face: Option<FaceId>,
    shaping: Shaping,
}

impl ShapedLine {
    /// Shapes `text`, which has no line feeds. `base` is the paragraph direction; without it the first letter decides.
    pub fn shape(library: &FontLibrary, text: &str, style: Style, base: Option<Level>) -> Self {
        let mut line = Self { text: text.to_owned(), ..Self::default() };
        if text.is_empty() {
            return line;
        }
        if is_plain(library, text, style.weight) && base.is_none_or(|level| level.is_ltr()) {
            let shaping = Shaping { script: Script::Latin, rtl: false };
            line.push(library, FontLibrary::primary(style.weight), 0..text.len(), shaping);
        } else {
            let items = itemize(library, text, style, base);
            let levels: Vec<_> = items.iter().map(|item| item.level).collect();
            for index in BidiInfo::reorder_visual(&levels) {
                let Item { text: range, face, shaping, .. } = &items[index];
                if face.is_none() {
                    library.report_missing(&text[range.clone()]);
                }
                line.push(library, face.unwrap_or(FontLibrary::primary(style.weight)), range.clone(), *shaping);
            }
        }
        line.add_spacing(style.spacing);
        line.width = line.glyphs.iter().map(|glyph| glyph.advance).sum();
        line
    }

    fn push(&mut self, library: &FontLibrary, face: FaceId, text: Range<usize>, shaping: Shaping) {
        let before = self.glyphs.len();
        let font = library.face(face);
        font.shape(&self.text, text.clone(), shaping, &mut self.glyphs);
        let blank = shaping.rtl.then(|| font.blank()).flatten();
        self.runs.push(GlyphRun { face, rtl: shaping.rtl, blank, text, glyphs: before..self.glyphs.len() });
    }

    /// Adds letter spacing after each letter and its marks. Right-to-left runs stay unchanged: their letters may join.
    fn add_spacing(&mut self, spacing: f32) {
        if spacing == 0.0 {
            return;
        }
        for run in self.runs.iter().filter(|run| !run.rtl) {
            for index in run.glyphs.clone() {
                let ends = index + 1 == run.glyphs.end || self.glyphs[index + 1].cluster != self.glyphs[index].cluster;
                if ends && self.glyphs[index].advance > 0.0 {
                    self.glyphs[index].advance += spacing;
                }
            }
        }
    }

    /// Returns, in text order, for each letter (offset in bytes, width of the line before the letter).
    pub fn widths(&self) -> Vec<(usize, f32)> {
        let mut advances: Vec<_> = self.glyphs.iter().map(|glyph| (glyph.cluster as usize, glyph.advance)).collect();
        advances.sort_by_key(|(at, _)| *at);
        let mut sum = 0.0;
        let mut widths = Vec::with_capacity(advances.len() + 1);
        for (at, advance) in advances {
            if widths.last().is_none_or(|(last, _)| *last != at) {
                widths.push((at, sum));
            }
            sum += advance;
        }
        widths.push((self.text.len(), sum));
        widths
    }
}

/// True if the main family has all letters, and the text has no combining marks and no right-to-left letters.
fn is_plain(library: &FontLibrary, text: &str, weight: Weight) -> bool {
    text.is_ascii()
        || text
            .chars()
            .all(|letter| letter < '\u{300}' || matches!(letter, '\u{2010}'..='\u{2027}' | '\u{1e00}'..='\u{1eff}'))
            && {
                let face = library.face(FontLibrary::primary(weight));
                text.chars().all(|letter| letter.is_ascii() || face.has(letter))
            }
}

/// Splits a line into items of one direction, font and script.
fn itemize(library: &FontLibrary, text: &str, style: Style, base: Option<Level>) -> Vec<Item> {
    let bidi = ParagraphBidiInfo::new(text, base);
    let levels = bidi.reordered_levels(0..text.len());
    let mut items: Vec<Item> = Vec::new();
    for (start, cluster) in text.grapheme_indices(true) {
        let range = start..start + cluster.len();
        let level = levels[start];
        let face = library.pick(cluster, style.weight, style.han);
        let script = cluster.chars().map(|letter| letter.script()).find(|script| is_specific(*script));
        let shaping = Shaping { script: script.unwrap_or(Script::Common), rtl: level.is_rtl() };
        match items.last_mut() {
            Some(last)
                if last.level == level && last.face == face && is_compatible(last.shaping.script, shaping.script) =>
            {
                last.text.end = range.end;
                if !is_specific(last.shaping.script) {
                    last.shaping.script = shaping.script;
                }
            }
            _ => items.push(Item { text: range, level, face, shaping }),
        }
    }
    items
}

fn is_specific(script: Script) -> bool {
    !matches!(script, Script::Common | Script::Inherited | Script::Unknown)
}

fn is_compatible(before: Script, next: Script) -> bool {
    before == next || !is_specific(before) || !is_specific(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> (FontLibrary, ShapedLine) {
        let library = FontLibrary::new(&[]);
        let style = Style { weight: Weight::Regular, spacing: 0.0, han: HanVariant::Simplified };
        let line = ShapedLine::shape(&library, text, style, None);
        (library, line)
    }

    fn runs(text: &str) -> Vec<(String, String, bool)> {
        let (library, line) = shape(text);
        let run =
            |run: &GlyphRun| (line.text[run.text.clone()].to_owned(), library.face(run.face).name.clone(), run.rtl);
        line.runs.iter().map(run).collect()
    }

    #[test]
    fn latin_is_one_run_with_kerning() {
        let (_, line) = shape("AVATAR Tö");
        assert_eq!(line.runs.len(), 1);
        assert!(line.glyphs[0].advance < line.glyphs[0].width, "A before V is kerned");
        assert!(line.glyphs.iter().all(|glyph| glyph.id != 0));
    }

    #[test]
    fn runs_are_in_drawing_order() {
        let seen = runs("Ada שלום 12 x");
        let parts: Vec<_> = seen.iter().map(|(text, ..)| text.as_str()).collect();
        // Left to right as a whole; in the Hebrew part the number is drawn first.
        assert_eq!(parts.first(), Some(&"Ada "));
        assert_eq!(parts.last(), Some(&" x"));
        let at = |part: &str| parts.iter().position(|p| *p == part).unwrap_or_else(|| panic!("{parts:?}"));
        assert!(at("12") < at("שלום"));
    }

    #[test]
    fn marks_stay_with_their_letters_and_unknown_letters_are_boxes() {
        assert_eq!(runs("e\u{331}").len(), 1);
        let (_, line) = shape("a漢");
        assert_eq!(line.glyphs.iter().map(|glyph| glyph.id == 0).collect::<Vec<_>>(), [false, true]);
    }

    #[test]
    fn an_emoji_of_several_is_one_glyph() {
        let (_, line) = shape("👩‍🚀");
        assert_eq!(line.glyphs.iter().filter(|glyph| glyph.advance > 0.0).count(), 1);
    }

    #[test]
    fn widths_grow_in_the_order_of_the_text() {
        let (_, line) = shape("abc שלום");
        let widths = line.widths();
        assert!(widths.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1));
        assert!((widths.last().unwrap().1 - line.width).abs() < 0.1);
    }
}
