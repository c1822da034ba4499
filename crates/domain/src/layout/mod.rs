//! Layouts: descriptions of a ticket's pages, in millimetres from the top left corner. Manual: `docs/layouts.md`.

mod color;
mod element;
mod images;
pub mod pretix;
mod read;
mod template;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use color::{Rgb, luminance};
pub use element::{
    Align, Element, Fit, Group, ImageBox, Level, LineShape, OneOrMany, Qr, Rect, Text, VerticalAlign, Weight, When,
    Words,
};
pub use images::{ImageData, MAX_IMAGE_BYTES};
pub use template::{Case, DateStyle, Field, FieldKind, Format, Known, Piece, Template, TemplateField};

use super::ContentHash;

/// A layout. A stored version never changes: each change creates a new version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(title = "Onsale layout", extend("$id" = "urn:onsale:layout:1"))]
pub struct Layout<E = Element> {
    /// URL of this schema for editors; ignored otherwise.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// Display name of the layout.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Pictures by name: PNG or JPEG in base64, each at most 1 MiB.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub images: BTreeMap<String, ImageData>,
    /// The pages of one ticket.
    #[schemars(length(min = 1, max = 8))]
    pub pages: Vec<Page<E>>,
}

/// A page and its elements. The order of the elements is both the drawing order and the reading order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Page<E = Element> {
    /// Width of the page, in millimetres.
    #[schemars(range(min = 10, max = 2000))]
    pub width: f32,
    /// Height of the page, in millimetres.
    #[schemars(range(min = 10, max = 2000))]
    pub height: f32,
    /// Background colour; white if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background: Option<Rgb>,
    /// Name of a picture in `images` that covers the page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub background_image: Option<String>,
    pub elements: Vec<E>,
}

/// A validated and numbered layout version of an event; immutable.
#[derive(Debug, Clone, PartialEq)]
pub struct EventLayout {
    /// Version number, from 1; 0 is the built-in default.
    pub version: i32,
    pub layout: Layout,
    /// Hash of the layout.
    pub hash: ContentHash,
}

impl EventLayout {
    /// Creates a version and computes its hash.
    pub fn new(version: i32, layout: Layout) -> Self {
        let hash = layout.hash();
        Self { version, layout, hash }
    }
}

impl Layout {
    /// Returns the JSON Schema of layouts.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Layout).to_value()
    }

    /// Returns the hash of the whole layout.
    pub fn hash(&self) -> ContentHash {
        use sha2::{Digest, Sha256};
        let json = serde_json::to_vec(self).expect("plain data serializes");
        ContentHash(Sha256::digest(json).into())
    }
}

#[cfg(test)]
mod tests;
