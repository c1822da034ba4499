//! Text layout for all scripts: font selection, shaping and line breaking.

mod clean;
mod cluster;
mod disk;
mod face;
mod fit;
mod han;
mod library;
mod line;

pub use clean::clean;
pub use face::{Face, Glyph, Outlines};
pub use fit::{Fit, Fitted, fit};
pub use han::HanVariant;
pub use library::{FaceId, FontLibrary};
pub use line::{GlyphRun, ShapedLine, Style};
