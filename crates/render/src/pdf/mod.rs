//! PDF building blocks: file writer, fonts, pictures and text.

mod deflate;
mod document;
mod font;
mod image;
mod show;

pub use deflate::deflate;
pub use document::{PdfWriter, Prefix};
pub use font::{FontName, GlyphLocation, Subset};
pub use image::{Picture, PictureError};
pub use show::{TextBox, fill_color, show_lines, stroke_color};
