//! Pictures embedded in a layout.

use std::{borrow::Cow, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};

/// The bytes of a PNG or JPEG file, written as base64.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageData(pub Arc<[u8]>);

/// Maximum size of a picture, in bytes.
pub const MAX_IMAGE_BYTES: usize = 1 << 20;

impl TryFrom<String> for ImageData {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        // Browsers produce data URLs. The media type in the URL is ignored: the bytes determine the format.
        let data = text.rsplit_once(";base64,").map_or(text.as_str(), |(_, data)| data);
        if data.len() > MAX_IMAGE_BYTES.div_ceil(3) * 4 {
            return Err(format!("a picture must have at most {MAX_IMAGE_BYTES} bytes"));
        }
        let bytes = STANDARD.decode(data).map_err(|error| format!("not base64: {error}"))?;
        match bytes.as_slice() {
            [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] if bytes.len() <= MAX_IMAGE_BYTES => {
                Ok(Self(bytes.into()))
            }
            [0x89, b'P', b'N', b'G', ..] | [0xff, 0xd8, 0xff, ..] => {
                Err(format!("a picture must have at most {MAX_IMAGE_BYTES} bytes"))
            }
            _ => Err("a picture must be a PNG or a JPEG file".into()),
        }
    }
}

impl From<ImageData> for String {
    fn from(image: ImageData) -> Self {
        STANDARD.encode(&*image.0)
    }
}

impl JsonSchema for ImageData {
    fn schema_name() -> Cow<'static, str> {
        "Image".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "contentEncoding": "base64",
            "description": "A PNG or JPEG file of at most 1 MiB and 10 megapixels, as base64 or a data URL."
        })
    }
}
