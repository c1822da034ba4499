//! Elements of a page.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Rgb;

/// An element of a page.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Element {
    Text(Text),
    Qr(Qr),
    Image(ImageBox),
    Line(LineShape),
    Rect(Rect),
    Group(Group<Self>),
}

/// A text in a box. A long text is wrapped, then shrunk down to `smallest`, then cut with an ellipsis.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Text {
    /// Name of the element in error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// Left edge of the box.
    pub x: f32,
    /// Upper edge of the box.
    pub y: f32,
    pub width: f32,
    /// Height of the box, which limits the number of lines. If absent, only `lines` limits them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<f32>,
    /// Text with placeholders such as `{attendee.name}`, or one text for each language.
    pub text: Words,
    /// Font size, in points.
    #[schemars(range(min = 1, max = 500))]
    pub size: f32,
    /// Minimum font size for shrinking, in points; no shrinking if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest: Option<f32>,
    /// Maximum number of lines. If absent: as many as fit into `height`, or 1 without `height`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 200))]
    pub lines: Option<u16>,
    #[serde(default)]
    pub weight: Weight,
    #[serde(default)]
    pub align: Align,
    /// Vertical position of the text within `height`.
    #[serde(default)]
    pub vertical_align: VerticalAlign,
    /// Distance between baselines, in units of `size`; 1.2 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.5, max = 5))]
    pub line_height: Option<f32>,
    /// Extra space between letters, in units of `size`; 0.05 is wide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -0.2, max = 2))]
    pub letter_spacing: Option<f32>,
    #[serde(default = "black")]
    pub color: Rgb,
    /// Rotation in degrees, clockwise around the upper left corner of the box.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
}

/// The QR code of the ticket. `size` includes its white quiet zone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Qr {
    /// Name of the element in error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    pub x: f32,
    pub y: f32,
    /// Side of the square, in millimetres.
    #[schemars(range(min = 10))]
    pub size: f32,
    /// Error correction level: share of the code that may be unreadable (M 15 %, Q 25 %, H 30 %).
    #[serde(default)]
    pub level: Level,
    /// Rotation in degrees, clockwise around the upper left corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageBox {
    /// Name of the element in error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    /// Name of the picture in `images`.
    pub image: String,
    #[serde(default)]
    pub fit: Fit,
    /// Alternative text for screen readers. If absent, the picture is marked as decoration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Rotation in degrees, clockwise around the upper left corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
}

/// A straight line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineShape {
    /// Name of the element in error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    pub x: f32,
    pub y: f32,
    pub to_x: f32,
    pub to_y: f32,
    /// Thickness in millimetres.
    #[schemars(range(min = 0.01, max = 100))]
    pub stroke: f32,
    #[serde(default = "black")]
    pub color: Rgb,
    /// Length of the dashes and gaps, in millimetres; a solid line if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dash: Option<f32>,
}

/// A rectangle: filled, outlined, or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rect {
    /// Name of the element in error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<Rgb>,
    /// Colour of the outline; no outline if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<Rgb>,
    /// Thickness of the outline, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stroke: Option<f32>,
    /// Radius of the corners, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<f32>,
    /// Rotation in degrees, clockwise around the upper left corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
}

/// Elements that are moved, rotated and shown together. Their coordinates are relative to the group's `x` and `y`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group<E> {
    /// Name of the element in error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    #[serde(default)]
    pub x: f32,
    #[serde(default)]
    pub y: f32,
    /// Rotation in degrees, clockwise around the group's `x` and `y`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
    pub elements: Vec<E>,
}

/// A condition for showing an element: the field is not empty or, with `is`, has one of the values. `not` negates it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct When {
    /// A placeholder without braces, such as `ticket.typeCode` or `answers.company`.
    pub field: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<OneOrMany>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub not: bool,
}

/// One value or a list of values.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// Returns the values.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// One text, or a text by language tag: the event's tag, else its primary language, else English, else the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Words {
    Same(String),
    ByLanguage(BTreeMap<String, String>),
}

impl Words {
    /// Returns every text with its language tag; `None` for a text without one.
    pub fn all(&self) -> Vec<(Option<&str>, &str)> {
        match self {
            Self::Same(text) => vec![(None, text)],
            Self::ByLanguage(texts) => texts.iter().map(|(tag, text)| (Some(tag.as_str()), text.as_str())).collect(),
        }
    }

    /// Returns the text for a language.
    pub fn of(&self, language: &str) -> &str {
        let texts = match self {
            Self::Same(text) => return text,
            Self::ByLanguage(texts) => texts,
        };
        let main = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let exact = texts.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(language));
        let related = || texts.iter().find(|(tag, _)| main(tag) == main(language));
        let english = || texts.iter().find(|(tag, _)| main(tag) == "en");
        let found = exact.or_else(related).or_else(english).or_else(|| texts.iter().next());
        found.map_or("", |(_, text)| text)
    }
}

/// Weight of the font.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    #[default]
    Regular,
    Semibold,
    Bold,
}

/// Horizontal alignment. `start` is left, or right if the event's language is written from right to left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Align {
    #[default]
    Start,
    End,
    Left,
    Center,
    Right,
}

/// Vertical alignment of the lines in a box that is higher than the lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VerticalAlign {
    #[default]
    Top,
    Middle,
    Bottom,
}

/// Scaling of a picture: `contain` fits it into the box, `cover` fills the box and crops, `stretch` distorts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    #[default]
    Contain,
    Cover,
    Stretch,
}

/// QR error correction level.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub enum Level {
    #[default]
    M,
    Q,
    H,
}

fn black() -> Rgb {
    Rgb::Fixed(0, 0, 0)
}

impl Element {
    /// Returns the value of `kind` in JSON.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Qr(_) => "qr",
            Self::Image(_) => "image",
            Self::Line(_) => "line",
            Self::Rect(_) => "rect",
            Self::Group(_) => "group",
        }
    }

    /// Returns the condition under which the element is shown; `None` if always.
    pub fn when(&self) -> Option<&When> {
        match self {
            Self::Text(Text { when, .. })
            | Self::Qr(Qr { when, .. })
            | Self::Image(ImageBox { when, .. })
            | Self::Line(LineShape { when, .. })
            | Self::Rect(Rect { when, .. })
            | Self::Group(Group { when, .. }) => when.as_ref(),
        }
    }
}
