//! The code as a picture: modules, and how they become a path, a PNG or an SVG.

use std::fmt::Write;

use pdf_writer::Content;
use qrcodegen::{QrCode, QrCodeEcc, QrSegment};

/// Light modules around the code, as the standard asks.
const QUIET: i32 = 4;
/// Pixels per module of a PNG: sharp on a phone, small in an answer.
const PIXELS: i32 = 6;

/// A QR code.
pub struct QrImage(QrCode);

impl QrImage {
    /// Encodes a text of the alphanumeric alphabet at level M.
    pub fn encode(text: &str) -> Self {
        let segment = [QrSegment::make_alphanumeric(text)];
        Self(QrCode::encode_segments(&segment, QrCodeEcc::Medium).expect("a ticket's code is far below the limit"))
    }

    /// How many modules wide it is, quiet zone included.
    fn modules(&self) -> i32 {
        self.0.size() + 2 * QUIET
    }

    /// Runs of dark modules, as (x, y, length), the quiet zone counted in.
    fn runs(&self) -> impl Iterator<Item = (i32, i32, i32)> {
        (0..self.0.size()).flat_map(move |y| {
            let mut x = 0;
            std::iter::from_fn(move || {
                let start = (x..self.0.size()).find(|x| self.0.get_module(*x, y))?;
                let end = (start..self.0.size()).find(|x| !self.0.get_module(*x, y)).unwrap_or(self.0.size());
                x = end;
                Some((start + QUIET, y + QUIET, end - start))
            })
        })
    }

    /// Draws it as one black path into a square of `size` points whose lower left corner is at (x, y).
    pub(super) fn draw(&self, content: &mut Content, x: f32, y: f32, size: f32) {
        let scale = size / self.modules() as f32;
        content.save_state();
        content.set_fill_gray(0.0);
        // One unit is one module, and y grows downwards, so that runs are small whole numbers.
        content.transform([scale, 0.0, 0.0, -scale, x, y + size]);
        for (x, y, length) in self.runs() {
            content.rect(x as f32, y as f32, length as f32, 1.0);
        }
        content.fill_nonzero();
        content.restore_state();
    }

    /// A black and white PNG, one bit a pixel.
    pub fn png(&self) -> Vec<u8> {
        let side = (self.modules() * PIXELS).unsigned_abs();
        let stride = side.div_ceil(8) as usize;
        let mut rows = vec![0xff_u8; stride * side as usize];
        for (x, y, length) in self.runs() {
            for row in y * PIXELS..(y + 1) * PIXELS {
                for column in x * PIXELS..(x + length) * PIXELS {
                    rows[row as usize * stride + column as usize / 8] &= !(0x80 >> (column % 8));
                }
            }
        }
        let mut png = Vec::with_capacity(2048);
        let mut encoder = png::Encoder::new(&mut png, side, side);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        encoder.set_compression(png::Compression::Fast);
        let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(&rows));
        written.expect("writing to memory does not fail");
        png
    }

    /// An SVG that scales to any size.
    pub fn svg(&self) -> String {
        let side = self.modules();
        let mut path = String::new();
        for (x, y, length) in self.runs() {
            let _ = write!(path, "M{x} {y}h{length}v1h-{length}z");
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path d=\"{path}\"/></svg>"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runs_are_exactly_the_dark_modules() {
        let image = QrImage::encode("HELLO WORLD");
        let mut dark = std::collections::BTreeSet::new();
        for (x, y, length) in image.runs() {
            assert!(length > 0);
            dark.extend((x..x + length).map(|x| (x - QUIET, y - QUIET)));
        }
        for y in 0..image.0.size() {
            for x in 0..image.0.size() {
                assert_eq!(image.0.get_module(x, y), dark.contains(&(x, y)), "({x}, {y})");
            }
        }
    }

    #[test]
    fn a_png_says_its_size() {
        let png = QrImage::encode("HELLO WORLD").png();
        let info = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        assert_eq!(info.info().width, ((21 + 8) * PIXELS).unsigned_abs());
        assert_eq!(info.info().bit_depth, png::BitDepth::One);
    }
}
