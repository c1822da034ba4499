//! Colours of a layout.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// A colour: `#rrggbb`, `accent` (the event's), or `onAccent` (black or white, by contrast with the accent).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
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
            "onAccent" => Ok(Self::OnAccent),
            other => parse_hex(other)
                .map(|[r, g, b]| Self::Fixed(r, g, b))
                .ok_or_else(|| format!("`{other}` is not a colour: write #rrggbb, accent or onAccent")),
        }
    }
}

impl From<Rgb> for String {
    fn from(color: Rgb) -> Self {
        match color {
            Rgb::Fixed(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
            Rgb::Accent => "accent".into(),
            Rgb::OnAccent => "onAccent".into(),
        }
    }
}

impl JsonSchema for Rgb {
    fn schema_name() -> Cow<'static, str> {
        "Color".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(#[0-9a-fA-F]{6}|accent|onAccent)$",
            "description": "#rrggbb, accent (the event's colour), or onAccent (black or white, by contrast with the accent)."
        })
    }
}

impl Rgb {
    /// Returns the RGB value for an event with this accent colour.
    pub fn resolve(self, accent: [u8; 3]) -> [u8; 3] {
        match self {
            Self::Fixed(r, g, b) => [r, g, b],
            Self::Accent => accent,
            Self::OnAccent if luminance(accent) > 0.35 => [0, 0, 0],
            Self::OnAccent => [255, 255, 255],
        }
    }

    /// Parses `#rrggbb`.
    pub fn parse_accent(text: &str) -> Option<[u8; 3]> {
        parse_hex(text)
    }
}

fn parse_hex(text: &str) -> Option<[u8; 3]> {
    let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
    let digits = Some(digits).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    let byte = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    Some([byte(0)?, byte(2)?, byte(4)?])
}

/// Returns the relative luminance as defined by WCAG.
pub fn luminance(rgb: [u8; 3]) -> f32 {
    let linear = rgb.map(|channel| {
        let c = f32::from(channel) / 255.0;
        if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
}
