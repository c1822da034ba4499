//! A layout: the description of a ticket's pages, in millimetres from the top left corner. `docs/layouts.md` is its manual.

mod color;
mod element;
mod images;
pub mod pretix;
mod read;
mod template;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use color::Rgb;
pub use element::{
    Align, Element, Fit, Group, ImageBox, Level, LineShape, OneOrMany, Qr, Rect, Text, VerticalAlign, Weight, When,
    Words,
};
pub use images::{ImageData, MAX_IMAGE_BYTES};
pub use template::{Case, DateStyle, Field, FieldKind, Format, Known, Piece, Template};

use super::ContentHash;

/// A layout. Its versions never change: whoever changes it makes a new one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Onsale layout", extend("$id" = "urn:onsale:layout:1"))]
pub struct Layout<E = Element> {
    /// Where editors find the schema; of no other meaning.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Pictures by name: PNG or JPEG in base64, each at most 1 MiB.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, ImageData>,
    /// The pages of one ticket.
    #[schemars(length(min = 1, max = 8))]
    pub pages: Vec<Page<E>>,
}

/// A page and what is on it, drawn in this order, which is also the order it is read aloud in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Page<E = Element> {
    /// In millimetres.
    #[schemars(range(min = 10, max = 2000))]
    pub width: f32,
    /// In millimetres.
    #[schemars(range(min = 10, max = 2000))]
    pub height: f32,
    /// The colour of the paper; none is white paper.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<Rgb>,
    /// The name of a picture that covers the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_image: Option<String>,
    pub elements: Vec<E>,
}

/// A layout as an event has it: checked, numbered, never changed again.
#[derive(Debug, Clone, PartialEq)]
pub struct EventLayout {
    /// From 1; 0 is the one that comes along.
    pub version: i32,
    pub layout: Layout,
    /// Of everything in it.
    pub hash: ContentHash,
}

impl EventLayout {
    /// A version of a layout.
    pub fn new(version: i32, layout: Layout) -> Self {
        let hash = layout.hash();
        Self { version, layout, hash }
    }
}

impl Layout {
    /// The JSON Schema of layouts.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Layout).to_value()
    }

    /// The hash of everything in it.
    pub fn hash(&self) -> ContentHash {
        use sha2::{Digest, Sha256};
        let json = serde_json::to_vec(self).expect("plain data serializes");
        ContentHash(Sha256::digest(json).into())
    }
}

#[cfg(test)]
mod tests;
