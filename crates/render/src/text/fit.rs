//! Fits a text into its box. Tried in this order: wrap, shrink, break inside words, cut with an ellipsis.

use std::{cell::OnceCell, ops::Range, sync::LazyLock};

use icu_segmenter::{LineSegmenter, LineSegmenterBorrowed};
use unicode_bidi::{Level, get_base_direction};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    library::FontLibrary,
    line::{ShapedLine, Style},
};

/// A box for text, in points.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    pub width: f32,
    /// Limits the number of lines, if given.
    pub height: Option<f32>,
    pub size: f32,
    pub smallest: f32,
    pub lines: usize,
    /// Distance of baselines, in ems.
    pub line_height: f32,
}

impl Fit {
    /// Returns the largest number of font sizes that are tried.
    pub fn tries(&self) -> usize {
        let mut size = self.size;
        let mut tries = 1;
        while size > self.smallest {
            size = (size * SHRINK_FACTOR).max(self.smallest);
            tries += 1;
        }
        tries
    }
}

/// A text that fits its box.
#[derive(Debug, Clone)]
pub struct Fitted {
    pub size: f32,
    pub lines: Vec<ShapedLine>,
}

/// Factor of the font size from one try to the next.
const SHRINK_FACTOR: f32 = 0.95;
/// Tolerance for sums of rounded widths, in thousandths of an em.
const WIDTH_TOLERANCE: f32 = 0.5;

/// Limit by which a line at the smallest size may exceed its box before it is cut, in thousandths of an em.
const MAX_OVERHANG: f32 = 60.0;

/// A paragraph of a text.
struct Paragraph<'t> {
    text: &'t str,
    line: ShapedLine,
    base: Option<Level>,
    /// Computed when the paragraph does not fit in one line.
    breaks: Option<Breaks>,
}

/// Break positions of a paragraph, as offsets in bytes.
struct Breaks {
    widths: Vec<(usize, f32)>,
    /// Line ends that the script allows, ending with the end of the paragraph.
    allowed: Vec<usize>,
    /// Ends of grapheme clusters, computed only if a word must be broken.
    letters: OnceCell<Vec<usize>>,
}

/// Fits `text` into a box at the largest size that fits; cuts it with an ellipsis if the smallest size does not fit.
pub fn fit(library: &FontLibrary, text: &str, style: Style, fit: Fit) -> Fitted {
    let style = Style { han: style.han_of(text), ..style };
    let mut paragraphs: Vec<_> = text.split('\n').map(|text| Paragraph::new(library, text, style)).collect();
    let mut size = fit.size;
    loop {
        let available = AvailableSpace::at(size, &fit);
        let smallest = size <= fit.smallest;
        if let Some(lines) = wrap(library, &mut paragraphs, style, available, smallest) {
            return Fitted { size, lines };
        }
        size = (size * SHRINK_FACTOR).max(fit.smallest);
    }
}

/// Width and number of lines available at a font size.
#[derive(Clone, Copy)]
struct AvailableSpace {
    /// In thousandths of an em.
    width: f32,
    lines: usize,
}

impl AvailableSpace {
    fn at(size: f32, fit: &Fit) -> Self {
        let fits =
            |lines: &usize| fit.height.is_none_or(|height| *lines as f32 * size * fit.line_height <= height + 0.05);
        Self {
            width: fit.width * 1000.0 / size + WIDTH_TOLERANCE,
            lines: (2..=fit.lines).take_while(fits).last().unwrap_or(1),
        }
    }
}

/// Returns the lines. `None` if they do not fit; at the smallest size they are broken or cut to fit.
fn wrap(
    library: &FontLibrary,
    paragraphs: &mut [Paragraph],
    style: Style,
    available: AvailableSpace,
    smallest: bool,
) -> Option<Vec<ShapedLine>> {
    let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
    for (index, paragraph) in paragraphs.iter_mut().enumerate() {
        if paragraph.line.width <= available.width {
            parts.push((index, 0..paragraph.text.len()));
            continue;
        }
        if available.lines == 1 && !smallest {
            return None;
        }
        if available.lines == 1 {
            parts.push((index, 0..paragraph.text.len()));
        } else {
            parts.extend(paragraph.wrap(available.width, smallest)?.into_iter().map(|range| (index, range)));
        }
        if parts.len() > available.lines {
            break;
        }
    }
    let too_many = parts.len() > available.lines;
    if too_many && !smallest {
        return None;
    }
    let shaped = |(index, range): (usize, Range<usize>)| paragraphs[index].line_of(library, range, style);
    if !too_many {
        let mut lines: Vec<_> = parts.into_iter().map(shaped).collect();
        for line in &mut lines {
            // Letters at the end of a line may be wider than in the middle of the paragraph.
            if line.width > available.width && !smallest {
                return None;
            }
            if line.width > available.width + MAX_OVERHANG {
                *line = cut_with_ellipsis(library, std::mem::take(&mut line.text), style, available.width, None);
            }
        }
        return Some(lines);
    }
    parts.truncate(available.lines);
    let last = parts.pop()?;
    let mut lines: Vec<_> = parts.into_iter().map(shaped).collect();
    let paragraph = &paragraphs[last.0];
    let rest = paragraph.text[last.1.start..].to_owned();
    // The ellipsis stands for the rest of this paragraph and for further paragraphs.
    lines.push(cut_with_ellipsis(library, rest, style, available.width, paragraph.base));
    Some(lines)
}

impl<'t> Paragraph<'t> {
    fn new(library: &FontLibrary, text: &'t str, style: Style) -> Self {
        let text = text.trim_matches(' ');
        let base = (!text.is_ascii()).then(|| match get_base_direction(text) {
            unicode_bidi::Direction::Rtl => Level::rtl(),
            _ => Level::ltr(),
        });
        Self { text, line: ShapedLine::shape(library, text, style, base), base, breaks: None }
    }

    /// Returns the ranges of lines that are at most `width` wide. `None` if a word is wider and `anywhere` is false.
    fn wrap(&mut self, width: f32, anywhere: bool) -> Option<Vec<Range<usize>>> {
        let (text, line) = (self.text, &self.line);
        let breaks = self.breaks.get_or_insert_with(|| Breaks::of(text, line));
        let mut ranges = Vec::new();
        let mut start = 0;
        while start < text.len() {
            let fits =
                |end: &&usize| breaks.width(start, start + text[start..**end].trim_end_matches(' ').len()) <= width;
            let longest = |ends: &[usize]| {
                let from = ends.partition_point(|end| *end <= start);
                ends[from..].iter().take_while(fits).last().copied()
            };
            let end = longest(&breaks.allowed).or_else(|| {
                let broken = || {
                    let ends = || text.grapheme_indices(true).map(|(at, letter)| at + letter.len()).collect();
                    let letters = breaks.letters.get_or_init(ends);
                    longest(letters).or_else(|| letters.iter().find(|end| **end > start).copied())
                };
                anywhere.then(broken).flatten()
            })?;
            ranges.push(start..end);
            start = end;
        }
        Some(ranges)
    }

    /// Shapes a range of the paragraph as a line.
    fn line_of(&self, library: &FontLibrary, range: Range<usize>, style: Style) -> ShapedLine {
        if range == (0..self.text.len()) {
            return self.line.clone();
        }
        let text = self.text[range.clone()].trim_start_matches(' ');
        let words = text.trim_end_matches(' ');
        if range.end == self.text.len() || words.len() == text.len() || self.base.is_some_and(|base| base.is_rtl()) {
            return ShapedLine::shape(library, words, style, self.base);
        }
        // The space at the line break is kept for copying and screen readers, but not counted in the width.
        let mut line = ShapedLine::shape(library, &text[..=words.len()], style, self.base);
        line.width = line.widths().iter().find(|(at, _)| *at == words.len()).map_or(line.width, |(_, width)| *width);
        line
    }
}

impl Breaks {
    fn of(text: &str, line: &ShapedLine) -> Self {
        static SEGMENTER: LazyLock<LineSegmenterBorrowed<'static>> =
            LazyLock::new(|| LineSegmenter::new_auto(Default::default()));
        Self {
            widths: line.widths(),
            allowed: SEGMENTER.segment_str(text).filter(|at| *at > 0).collect(),
            letters: OnceCell::new(),
        }
    }

    fn width(&self, start: usize, end: usize) -> f32 {
        self.before(end) - self.before(start)
    }

    fn before(&self, at: usize) -> f32 {
        let index = self.widths.partition_point(|(start, _)| *start < at);
        self.widths[index.min(self.widths.len() - 1)].1
    }
}

/// Returns a line with as much of `text` as fits, and an ellipsis.
fn cut_with_ellipsis(library: &FontLibrary, text: String, style: Style, width: f32, base: Option<Level>) -> ShapedLine {
    let whole = ShapedLine::shape(library, &text, style, base);
    let ellipsis = ShapedLine::shape(library, "…", style, None).width;
    let widths = whole.widths();
    let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
    let before = |at: usize| widths[widths.partition_point(|(start, _)| *start < at).min(widths.len() - 1)].1;
    let fitting = ends.partition_point(|end| before(*end) + ellipsis <= width);
    for end in ends[..fitting].iter().rev() {
        let line = ShapedLine::shape(library, &format!("{}…", text[..*end].trim_end()), style, base);
        if line.width <= width {
            return line;
        }
    }
    ShapedLine::shape(library, "…", style, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Weight, text::HanVariant};

    const STYLE: Style = Style { weight: Weight::Regular, spacing: 0.0, han: HanVariant::Simplified };

    fn fitted(text: &str, lines: usize) -> (f32, Vec<String>) {
        let library = FontLibrary::new(&[]);
        let frame = Fit { width: 100.0, height: None, size: 20.0, smallest: 10.0, lines, line_height: 1.2 };
        let fitted = fit(&library, text, STYLE, frame);
        for line in &fitted.lines {
            assert!(line.width * fitted.size / 1000.0 <= 100.1, "a line sticks out of its box: {}", line.text);
        }
        (fitted.size, fitted.lines.into_iter().map(|line| line.text).collect())
    }

    #[test]
    fn a_short_text_keeps_its_size() {
        assert_eq!(fitted("Ada", 1), (20.0, vec!["Ada".into()]));
        assert_eq!(fitted("", 1), (20.0, vec![String::new()]));
    }

    #[test]
    fn a_longer_text_wraps_or_shrinks() {
        assert_eq!(fitted("Ada Lovelace", 2), (20.0, vec!["Ada ".into(), "Lovelace".into()]));
        let (size, lines) = fitted("Ada Lovelace", 1);
        assert!((10.0..20.0).contains(&size));
        assert_eq!(lines, ["Ada Lovelace"]);
    }

    #[test]
    fn a_text_that_is_too_long_ends_in_an_ellipsis() {
        let (size, lines) = fitted(&"x".repeat(10_000), 2);
        assert_eq!(size, 10.0);
        assert!(lines.len() == 2 && !lines[0].ends_with('…') && lines[1].ends_with('…'));
        let (_, lines) = fitted(&"word ".repeat(100), 2);
        assert!(lines.len() == 2 && !lines[0].ends_with('…') && lines[1].ends_with('…'));
        let (_, lines) = fitted(&"word ".repeat(100), 1);
        assert!(lines.len() == 1 && lines[0].starts_with("word word") && lines[0].ends_with('…'));
    }

    #[test]
    fn a_line_breaks_at_line_feeds_and_after_hyphens() {
        assert_eq!(fitted("a\nb", 2).1, ["a", "b"]);
        assert_eq!(fitted("Anna-Katharina-Luise", 3).1, ["Anna-", "Katharina-", "Luise"]);
        assert_eq!(fitted("a\nb\nc", 2).1, ["a", "b…"]);
    }

    #[test]
    fn scripts_without_spaces_break_where_words_end() {
        // Thai: "the festival in the garden"; the break falls between two words.
        let (_, lines) = fitted("เทศกาลดนตรีในสวน", 2);
        assert_eq!(lines.concat(), "เทศกาลดนตรีในสวน");
        assert!(["เทศกาล", "เทศกาลดนตรี"].contains(&lines[0].as_str()), "{lines:?}");
    }

    #[test]
    fn a_box_has_as_many_lines_as_fit_its_height() {
        let library = FontLibrary::new(&[]);
        let frame = Fit { width: 60.0, height: Some(50.0), size: 20.0, smallest: 10.0, lines: 99, line_height: 1.2 };
        let fitted = fit(&library, "one two three four", STYLE, frame);
        assert!(fitted.lines.len() as f32 * fitted.size * 1.2 <= 50.1);
        assert!(!fitted.lines.iter().any(|line| line.text.ends_with('…')));
    }
}
