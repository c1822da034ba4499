//! A layout: the description of a ticket's page, in millimetres from its top left corner.

use serde::Deserialize;

/// A page and what is on it, drawn in order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// One more with each change; part of every content hash.
    pub version: u32,
    pub width: f32,
    pub height: f32,
    pub elements: Vec<Element>,
}

/// One thing on the page.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum Element {
    /// A filled rectangle.
    Rect { x: f32, y: f32, width: f32, height: f32, fill: Rgb },
    /// A line; with `dash`, a broken one.
    Line { x: f32, y: f32, to_x: f32, to_y: f32, stroke: f32, color: Rgb, dash: Option<f32> },
    /// A text in a box: wrapped to `lines`, shrunk down to `smallest` if it must, cut with an ellipsis at last.
    Text {
        x: f32,
        /// The baseline of the first line.
        y: f32,
        width: f32,
        /// Text with placeholders such as `{attendee.name}`.
        text: String,
        size: f32,
        smallest: Option<f32>,
        #[serde(default = "one")]
        lines: usize,
        #[serde(default)]
        weight: Weight,
        #[serde(default)]
        align: Align,
        color: Rgb,
    },
    /// The ticket's code, quiet zone included in `size`.
    Qr { x: f32, y: f32, size: f32 },
}

fn one() -> usize {
    1
}

/// A cut of the font.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    #[default]
    Regular,
    Semibold,
    Bold,
}

/// Where a line stands in its box.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    #[default]
    Left,
    Center,
    Right,
}

/// A colour: `#rrggbb`, `accent` (the event's), or `onaccent` (black or white, whichever reads better on it).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum Rgb {
    Fixed(u8, u8, u8),
    Accent,
    OnAccent,
}

impl TryFrom<String> for Rgb {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        match text.as_str() {
            "accent" => Ok(Self::Accent),
            "onaccent" => Ok(Self::OnAccent),
            other => parse_hex(other)
                .map(|[r, g, b]| Self::Fixed(r, g, b))
                .ok_or_else(|| format!("`{other}` is not a colour: write #rrggbb, accent or onaccent")),
        }
    }
}

impl Rgb {
    /// The colour on a page whose accent is `accent`.
    pub fn resolve(self, accent: [u8; 3]) -> [u8; 3] {
        match self {
            Self::Fixed(r, g, b) => [r, g, b],
            Self::Accent => accent,
            Self::OnAccent if luminance(accent) > 0.35 => [0, 0, 0],
            Self::OnAccent => [255, 255, 255],
        }
    }

    /// Reads `#rrggbb`.
    pub fn parse_accent(text: &str) -> Option<[u8; 3]> {
        parse_hex(text)
    }
}

fn parse_hex(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([byte(0)?, byte(2)?, byte(4)?])
}

/// Relative luminance as WCAG defines it.
fn luminance(rgb: [u8; 3]) -> f32 {
    let linear = rgb.map(|channel| {
        let c = f32::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}
