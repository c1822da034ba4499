//! Text layout for all scripts: font selection, shaping and line breaking.

mod clean;
mod disk;
mod face;
mod fit;
mod library;
mod line;

pub use clean::clean;
pub use face::{Face, Glyph, Outlines};
pub use fit::{Fit, Fitted, fit};
pub use library::{FaceId, FontLibrary, HanVariant};
pub use line::{GlyphRun, ShapedLine, Style};
