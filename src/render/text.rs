//! Fitting a text into its box: wrapped, then shrunk, then cut.

use super::font::{Face, Glyph};

/// A box for text, in points.
#[derive(Debug, Clone, Copy)]
pub struct Fit {
    pub width: f32,
    pub size: f32,
    pub smallest: f32,
    pub lines: usize,
}

/// A text in its box.
#[derive(Debug, Clone)]
pub struct Fitted {
    pub size: f32,
    pub lines: Vec<Line>,
}

/// One line of glyphs.
#[derive(Debug, Clone)]
pub struct Line {
    pub glyphs: Vec<Glyph>,
    /// In thousandths of an em.
    pub width: f32,
}

/// How much smaller the next try is.
const STEP: f32 = 0.94;

/// Fits `text`: as large as it may be, in as many lines as it may have, with an ellipsis if nothing else helps.
pub fn fit(face: &Face, text: &str, fit: Fit) -> Fitted {
    let words = words(face, text);
    let mut size = fit.size;
    loop {
        let limit = fit.width * 1000.0 / size;
        let lines = wrap(&words, limit);
        let fits = lines.len() <= fit.lines && lines.iter().all(|line| line.width <= limit);
        if fits {
            return Fitted { size, lines };
        }
        if size <= fit.smallest {
            return Fitted { size, lines: cut(face, lines, fit.lines, limit) };
        }
        size = (size * STEP).max(fit.smallest);
    }
}

/// A word with the space before it.
struct Word {
    space: Vec<Glyph>,
    glyphs: Vec<Glyph>,
}

fn words(face: &Face, text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    for (index, word) in text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()).enumerate() {
        let space = if index == 0 { Vec::new() } else { face.shape(" ") };
        words.push(Word { space, glyphs: face.shape(word) });
    }
    words
}

fn wrap(words: &[Word], limit: f32) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for word in words {
        let (space, width) = (width(&word.space), width(&word.glyphs));
        match lines.last_mut() {
            Some(line) if line.width + space + width <= limit => {
                line.glyphs.extend(word.space.iter().chain(&word.glyphs).cloned());
                line.width += space + width;
            }
            _ => lines.push(Line { glyphs: word.glyphs.clone(), width }),
        }
    }
    lines
}

/// Keeps the first `count` lines and ends each that is too long, and the last one, with an ellipsis.
fn cut(face: &Face, mut lines: Vec<Line>, count: usize, limit: f32) -> Vec<Line> {
    let ellipsis = face.shape("…");
    let dropped = lines.len() > count;
    lines.truncate(count);
    let last = lines.len().saturating_sub(1);
    for (index, line) in lines.iter_mut().enumerate() {
        if line.width <= limit && !(dropped && index == last) {
            continue;
        }
        let room = limit - width(&ellipsis);
        while line.width > room
            && let Some(glyph) = line.glyphs.pop()
        {
            line.width -= glyph.advance;
        }
        line.width += width(&ellipsis);
        line.glyphs.extend(ellipsis.iter().cloned());
    }
    lines
}

fn width(glyphs: &[Glyph]) -> f32 {
    glyphs.iter().map(|glyph| glyph.advance).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Weight;

    fn fitted(text: &str, lines: usize) -> (f32, Vec<String>) {
        let face = Face::of(Weight::Regular);
        let fitted = fit(face, text, Fit { width: 100.0, size: 20.0, smallest: 10.0, lines });
        let text = |line: &Line| line.glyphs.iter().map(|glyph| glyph.text.as_str()).collect();
        for line in &fitted.lines {
            assert!(line.width * fitted.size / 1000.0 <= 100.01, "a line sticks out of its box");
        }
        (fitted.size, fitted.lines.iter().map(text).collect())
    }

    #[test]
    fn a_short_text_keeps_its_size() {
        assert_eq!(fitted("Ada", 1), (20.0, vec!["Ada".into()]));
        assert_eq!(fitted("", 1), (20.0, vec![]));
    }

    #[test]
    fn a_longer_one_wraps_or_shrinks() {
        assert_eq!(fitted("Ada Lovelace", 2), (20.0, vec!["Ada".into(), "Lovelace".into()]));
        let (size, lines) = fitted("Ada Lovelace", 1);
        assert!((10.0..20.0).contains(&size));
        assert_eq!(lines, ["Ada Lovelace"]);
    }

    #[test]
    fn the_longest_ends_in_an_ellipsis() {
        let (size, lines) = fitted(&"x".repeat(10_000), 2);
        assert_eq!(size, 10.0);
        assert!(lines.len() == 1 && lines[0].ends_with('…'));
        let (_, lines) = fitted(&"word ".repeat(100), 2);
        assert!(lines.len() == 2 && !lines[0].ends_with('…') && lines[1].ends_with('…'));
    }
}
