//! What can be on a page.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Rgb;

/// One thing on a page.
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

/// A text in a box: wrapped, shrunk down to `smallest` if it must, cut with an ellipsis at last.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Text {
    /// A name for error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    /// The left edge of the box.
    pub x: f32,
    /// The upper edge of the box.
    pub y: f32,
    pub width: f32,
    /// As many lines as fit. Without it `lines` alone decides.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<f32>,
    /// Text with placeholders such as `{attendee.name}`, or one text for each language.
    pub text: Words,
    /// In points.
    #[schemars(range(min = 1, max = 500))]
    pub size: f32,
    /// How far it may shrink, in points; not at all if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub smallest: Option<f32>,
    /// How many lines it may have; one if left out, as many as fit if there is a `height`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 200))]
    pub lines: Option<u16>,
    #[serde(default)]
    pub weight: Weight,
    #[serde(default)]
    pub align: Align,
    /// Where the text stands in its `height`.
    #[serde(default)]
    pub vertical_align: VerticalAlign,
    /// From one baseline to the next, in units of `size`; 1.2 if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 0.5, max = 5))]
    pub line_height: Option<f32>,
    /// Between letters, in units of `size`; 0.05 is wide.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = -0.2, max = 2))]
    pub letter_spacing: Option<f32>,
    #[serde(default = "black")]
    pub color: Rgb,
    /// Degrees clockwise around the box's upper left corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
}

/// The ticket's code. Its quiet zone lies inside `size`, on white.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Qr {
    /// A name for error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    pub x: f32,
    pub y: f32,
    /// The side of the square.
    #[schemars(range(min = 10))]
    pub size: f32,
    /// How much of it may be dirty: M 15 %, Q 25 %, H 30 %.
    #[serde(default)]
    pub level: Level,
    /// Degrees clockwise around its upper left corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
}

/// A picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageBox {
    /// A name for error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    pub x: f32,
    pub y: f32,
    pub width: f32,
    pub height: f32,
    /// Its name in `images`.
    pub image: String,
    #[serde(default)]
    pub fit: Fit,
    /// What it shows, for who cannot see it. Without it the picture is decoration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// Degrees clockwise around its upper left corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
}

/// A straight line.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LineShape {
    /// A name for error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    pub x: f32,
    pub y: f32,
    pub to_x: f32,
    pub to_y: f32,
    /// Its thickness in millimetres.
    #[schemars(range(min = 0.01, max = 100))]
    pub stroke: f32,
    #[serde(default = "black")]
    pub color: Rgb,
    /// Broken into pieces of this many millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dash: Option<f32>,
}

/// A rectangle: filled, outlined, or both.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Rect {
    /// A name for error messages.
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
    /// The colour of its outline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<Rgb>,
    /// The thickness of its outline in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stroke: Option<f32>,
    /// How round its corners are, in millimetres.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub radius: Option<f32>,
    /// Degrees clockwise around its upper left corner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
}

/// Elements that are moved, turned and shown together; their places count from the group's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Group<E> {
    /// A name for error messages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<When>,
    #[serde(default)]
    pub x: f32,
    #[serde(default)]
    pub y: f32,
    /// Degrees clockwise around its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rotate: Option<f32>,
    pub elements: Vec<E>,
}

/// A condition: the element is shown if the field is filled, or is one of some values; with `not`, if it is not.
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

/// A value or several.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    /// All of them.
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        }
    }
}

/// A text, or one for each language: the event's own, else its main language, else English, else the first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Words {
    Same(String),
    ByLanguage(BTreeMap<String, String>),
}

impl Words {
    /// Every text with its language.
    pub fn all(&self) -> Vec<(Option<&str>, &str)> {
        match self {
            Self::Same(text) => vec![(None, text)],
            Self::ByLanguage(texts) => texts.iter().map(|(tag, text)| (Some(tag.as_str()), text.as_str())).collect(),
        }
    }

    /// The text for a language.
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

/// A cut of the font.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    #[default]
    Regular,
    Semibold,
    Bold,
}

/// Where a line stands in its box. `start` is left, and right where the event's language is written from the right.
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

/// Where lines stand in a box that is higher than they are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum VerticalAlign {
    #[default]
    Top,
    Middle,
    Bottom,
}

/// How a picture fills its box: whole inside it, covering it, or stretched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    #[default]
    Contain,
    Cover,
    Stretch,
}

/// How much of a code may be unreadable.
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
    /// What it is called in JSON.
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

    /// When it is shown.
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
