//! Text right in every script: which font has a letter, how letters join, where lines break.

mod clean;
mod disk;
mod face;
mod fit;
mod library;
mod line;

pub use clean::clean;
pub use face::{Face, Glyph, Outlines};
pub use fit::{Fit, Fitted, fit};
pub use library::{FaceId, Han, Library};
pub use line::{Line, Run, Style};
