//! Fitting a text into its box: wrapped, then shrunk, then broken anywhere, then cut.

use std::{cell::OnceCell, ops::Range, sync::LazyLock};

use icu_segmenter::{LineSegmenter, LineSegmenterBorrowed};
use unicode_bidi::{Level, get_base_direction};
use unicode_segmentation::UnicodeSegmentation;

use super::{
    library::Library,
    line::{Line, Style},
};

/// A box for text, in points.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    pub width: f32,
    /// If it is given, no more lines than fit in it.
    pub height: Option<f32>,
    pub size: f32,
    pub smallest: f32,
    pub lines: usize,
    /// From one baseline to the next, in ems.
    pub line_height: f32,
}

/// A text in its box.
#[derive(Debug, Clone)]
pub struct Fitted {
    pub size: f32,
    pub lines: Vec<Line>,
}

/// How much smaller the next try is.
const STEP: f32 = 0.95;
/// Widths are sums of rounded numbers.
const SLACK: f32 = 0.5;

/// How far the smallest letters may stick out before they are cut, in thousandths of an em.
const OVERHANG: f32 = 60.0;

/// A paragraph: its text and what is known of it.
struct Paragraph<'t> {
    text: &'t str,
    line: Line,
    base: Option<Level>,
    /// Made when it does not fit in one line.
    breaks: Option<Breaks>,
}

/// Where a paragraph may be broken.
struct Breaks {
    widths: Vec<(usize, f32)>,
    /// Ends of lines that the script allows, the paragraph's own end last.
    allowed: Vec<usize>,
    /// Ends of letters, looked for when nothing else helps.
    letters: OnceCell<Vec<usize>>,
}

/// Fits `text`, as large as it may be, in as many lines as it may have, with an ellipsis if nothing else helps.
pub fn fit(library: &Library, text: &str, style: Style, fit: Fit) -> Fitted {
    let style = Style { han: style.han_of(text), ..style };
    let mut paragraphs: Vec<_> = text.split('\n').map(|text| Paragraph::new(library, text, style)).collect();
    let mut size = fit.size;
    loop {
        let room = Room::at(size, &fit);
        let smallest = size <= fit.smallest;
        if let Some(lines) = wrap(library, &mut paragraphs, style, room, smallest) {
            return Fitted { size, lines };
        }
        size = (size * STEP).max(fit.smallest);
    }
}

/// How much fits at some size.
#[derive(Clone, Copy)]
struct Room {
    /// In thousandths of an em.
    width: f32,
    lines: usize,
}

impl Room {
    fn at(size: f32, fit: &Fit) -> Self {
        let fits =
            |lines: &usize| fit.height.is_none_or(|height| *lines as f32 * size * fit.line_height <= height + 0.05);
        Self { width: fit.width * 1000.0 / size + SLACK, lines: (2..=fit.lines).take_while(fits).last().unwrap_or(1) }
    }
}

/// All lines if they fit. At the smallest size they are made to.
fn wrap(
    library: &Library,
    paragraphs: &mut [Paragraph],
    style: Style,
    room: Room,
    smallest: bool,
) -> Option<Vec<Line>> {
    let mut parts: Vec<(usize, Range<usize>)> = Vec::new();
    for (index, paragraph) in paragraphs.iter_mut().enumerate() {
        if paragraph.line.width <= room.width {
            parts.push((index, 0..paragraph.text.len()));
            continue;
        }
        if room.lines == 1 && !smallest {
            return None;
        }
        if room.lines == 1 {
            parts.push((index, 0..paragraph.text.len()));
        } else {
            parts.extend(paragraph.wrap(room.width, smallest)?.into_iter().map(|range| (index, range)));
        }
        if parts.len() > room.lines {
            break;
        }
    }
    let too_many = parts.len() > room.lines;
    if too_many && !smallest {
        return None;
    }
    let shaped = |(index, range): (usize, Range<usize>)| paragraphs[index].part(library, range, style);
    if !too_many {
        let mut lines: Vec<_> = parts.into_iter().map(shaped).collect();
        for line in &mut lines {
            // At its end a line's last letters may be wider than in its middle.
            if line.width > room.width && !smallest {
                return None;
            }
            if line.width > room.width + OVERHANG {
                *line = cut(library, std::mem::take(&mut line.text), style, room.width, None);
            }
        }
        return Some(lines);
    }
    parts.truncate(room.lines);
    let last = parts.pop()?;
    let mut lines: Vec<_> = parts.into_iter().map(shaped).collect();
    let paragraph = &paragraphs[last.0];
    let rest = paragraph.text[last.1.start..].to_owned();
    // There is more after it, in this paragraph or in the next one.
    lines.push(cut(library, rest, style, room.width, paragraph.base));
    Some(lines)
}

impl<'t> Paragraph<'t> {
    fn new(library: &Library, text: &'t str, style: Style) -> Self {
        let text = text.trim_matches(' ');
        let base = (!text.is_ascii()).then(|| match get_base_direction(text) {
            unicode_bidi::Direction::Rtl => Level::rtl(),
            _ => Level::ltr(),
        });
        Self { text, line: Line::shape(library, text, style, base), base, breaks: None }
    }

    /// Ranges of lines no wider than `width`. `None` if a word is wider, unless it may be broken anywhere.
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

    /// A part of it as a line.
    fn part(&self, library: &Library, range: Range<usize>, style: Style) -> Line {
        if range == (0..self.text.len()) {
            return self.line.clone();
        }
        let text = self.text[range.clone()].trim_start_matches(' ');
        let words = text.trim_end_matches(' ');
        if range.end == self.text.len() || words.len() == text.len() || self.base.is_some_and(|base| base.is_rtl()) {
            return Line::shape(library, words, style, self.base);
        }
        // Who copies or listens needs the space where the line was broken; nobody sees it.
        let mut line = Line::shape(library, &text[..=words.len()], style, self.base);
        line.width = line.widths().iter().find(|(at, _)| *at == words.len()).map_or(line.width, |(_, width)| *width);
        line
    }
}

impl Breaks {
    fn of(text: &str, line: &Line) -> Self {
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

/// As much of `text` as fits, with an ellipsis after it.
fn cut(library: &Library, text: String, style: Style, width: f32, base: Option<Level>) -> Line {
    let whole = Line::shape(library, &text, style, base);
    let ellipsis = Line::shape(library, "…", style, None).width;
    let widths = whole.widths();
    let ends: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
    let before = |at: usize| widths[widths.partition_point(|(start, _)| *start < at).min(widths.len() - 1)].1;
    let fitting = ends.partition_point(|end| before(*end) + ellipsis <= width);
    for end in ends[..fitting].iter().rev() {
        let line = Line::shape(library, &format!("{}…", text[..*end].trim_end()), style, base);
        if line.width <= width {
            return line;
        }
    }
    Line::shape(library, "…", style, None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{domain::Weight, render::text::Han};

    const STYLE: Style = Style { weight: Weight::Regular, spacing: 0.0, han: Han::Simplified };

    fn fitted(text: &str, lines: usize) -> (f32, Vec<String>) {
        let library = Library::new(&[]);
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
    fn a_longer_one_wraps_or_shrinks() {
        assert_eq!(fitted("Ada Lovelace", 2), (20.0, vec!["Ada ".into(), "Lovelace".into()]));
        let (size, lines) = fitted("Ada Lovelace", 1);
        assert!((10.0..20.0).contains(&size));
        assert_eq!(lines, ["Ada Lovelace"]);
    }

    #[test]
    fn the_longest_ends_in_an_ellipsis() {
        let (size, lines) = fitted(&"x".repeat(10_000), 2);
        assert_eq!(size, 10.0);
        assert!(lines.len() == 2 && !lines[0].ends_with('…') && lines[1].ends_with('…'));
        let (_, lines) = fitted(&"word ".repeat(100), 2);
        assert!(lines.len() == 2 && !lines[0].ends_with('…') && lines[1].ends_with('…'));
        let (_, lines) = fitted(&"word ".repeat(100), 1);
        assert!(lines.len() == 1 && lines[0].starts_with("word word") && lines[0].ends_with('…'));
    }

    #[test]
    fn a_line_feed_breaks_and_a_hyphen_may() {
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
        let library = Library::new(&[]);
        let frame = Fit { width: 60.0, height: Some(50.0), size: 20.0, smallest: 10.0, lines: 99, line_height: 1.2 };
        let fitted = fit(&library, "one two three four", STYLE, frame);
        assert!(fitted.lines.len() as f32 * fitted.size * 1.2 <= 50.1);
        assert!(!fitted.lines.iter().any(|line| line.text.ends_with('…')));
    }
}
