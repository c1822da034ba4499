//! A line: text in one direction after the other, each stretch in a font that has its letters.

use std::ops::Range;

use unicode_bidi::{BidiInfo, Level, ParagraphBidiInfo};
use unicode_script::{Script, UnicodeScript};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    face::{Glyph, Manner},
    library::{FaceId, Han, Library},
};
use crate::domain::Weight;

/// How letters look, whatever they say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    pub weight: Weight,
    /// Between letters, in thousandths of an em.
    pub spacing: f32,
    pub han: Han,
}

impl Style {
    /// Whose forms of Chinese characters a text wants.
    pub fn han_of(&self, text: &str) -> Han {
        Han::of_text(text).unwrap_or(self.han)
    }
}

/// A line of glyphs, in the order they are drawn.
#[derive(Debug, Clone, Default)]
pub struct Line {
    pub text: String,
    pub runs: Vec<Run>,
    pub glyphs: Vec<Glyph>,
    /// In thousandths of an em.
    pub width: f32,
}

/// Glyphs of one font and one direction.
#[derive(Debug, Clone)]
pub struct Run {
    pub face: FaceId,
    pub rtl: bool,
    /// From the right only: what stands for the second letter of two that are drawn as one.
    pub blank: Option<Glyph>,
    /// Which part of the text.
    pub text: Range<usize>,
    /// Which of the line's glyphs.
    pub glyphs: Range<usize>,
}

/// A stretch before it is shaped.
struct Item {
    text: Range<usize>,
    level: Level,
    face: Option<FaceId>,
    manner: Manner,
}

impl Line {
    /// Shapes `text`, which has no line feeds. `base` is the direction of its paragraph; without it the first letter says.
    pub fn shape(library: &Library, text: &str, style: Style, base: Option<Level>) -> Self {
        let mut line = Self { text: text.to_owned(), ..Self::default() };
        if text.is_empty() {
            return line;
        }
        if is_plain(library, text, style.weight) && base.is_none_or(|level| level.is_ltr()) {
            let manner = Manner { script: Script::Latin, rtl: false };
            line.push(library, Library::primary(style.weight), 0..text.len(), manner);
        } else {
            let items = itemize(library, text, style, base);
            let levels: Vec<_> = items.iter().map(|item| item.level).collect();
            for index in BidiInfo::reorder_visual(&levels) {
                let Item { text: range, face, manner, .. } = &items[index];
                if face.is_none() {
                    library.report_missing(&text[range.clone()]);
                }
                line.push(library, face.unwrap_or(Library::primary(style.weight)), range.clone(), *manner);
            }
        }
        line.space(style.spacing);
        line.width = line.glyphs.iter().map(|glyph| glyph.advance).sum();
        line
    }

    fn push(&mut self, library: &Library, face: FaceId, text: Range<usize>, manner: Manner) {
        let before = self.glyphs.len();
        let font = library.face(face);
        font.shape(&self.text, text.clone(), manner, &mut self.glyphs);
        let blank = manner.rtl.then(|| font.blank()).flatten();
        self.runs.push(Run { face, rtl: manner.rtl, blank, text, glyphs: before..self.glyphs.len() });
    }

    /// Adds space after each letter, and its marks; letters that are joined stay so.
    fn space(&mut self, spacing: f32) {
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

    /// Up to each letter, how wide the line is in the order of the text: (where the letter begins, width before it).
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

/// Whether the family has everything, and nothing needs a second look: no marks, no turn of direction.
fn is_plain(library: &Library, text: &str, weight: Weight) -> bool {
    text.is_ascii()
        || text
            .chars()
            .all(|letter| letter < '\u{300}' || matches!(letter, '\u{2010}'..='\u{2027}' | '\u{1e00}'..='\u{1eff}'))
            && {
                let face = library.face(Library::primary(weight));
                text.chars().all(|letter| letter.is_ascii() || face.has(letter))
            }
}

/// Cuts a line into stretches of one direction, font and script.
fn itemize(library: &Library, text: &str, style: Style, base: Option<Level>) -> Vec<Item> {
    let bidi = ParagraphBidiInfo::new(text, base);
    let levels = bidi.reordered_levels(0..text.len());
    let mut items: Vec<Item> = Vec::new();
    for (start, cluster) in text.grapheme_indices(true) {
        let range = start..start + cluster.len();
        let level = levels[start];
        let face = library.pick(cluster, style.weight, style.han);
        let own = cluster.chars().map(|letter| letter.script()).find(|script| is_real(*script));
        let manner = Manner { script: own.unwrap_or(Script::Common), rtl: level.is_rtl() };
        match items.last_mut() {
            Some(last) if last.level == level && last.face == face && joins(last.manner.script, manner.script) => {
                last.text.end = range.end;
                if !is_real(last.manner.script) {
                    last.manner.script = manner.script;
                }
            }
            _ => items.push(Item { text: range, level, face, manner }),
        }
    }
    items
}

fn is_real(script: Script) -> bool {
    !matches!(script, Script::Common | Script::Inherited | Script::Unknown)
}

fn joins(before: Script, next: Script) -> bool {
    before == next || !is_real(before) || !is_real(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> (Library, Line) {
        let library = Library::new(&[]);
        let style = Style { weight: Weight::Regular, spacing: 0.0, han: Han::Simplified };
        let line = Line::shape(&library, text, style, None);
        (library, line)
    }

    fn runs(text: &str) -> Vec<(String, String, bool)> {
        let (library, line) = shape(text);
        let run = |run: &Run| (line.text[run.text.clone()].to_owned(), library.face(run.face).name.clone(), run.rtl);
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
    fn stretches_stand_in_the_order_they_are_drawn() {
        let seen = runs("Ada שלום 12 x");
        let parts: Vec<_> = seen.iter().map(|(text, ..)| text.as_str()).collect();
        // Left to right as a whole; inside the Hebrew part the number comes first.
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
