//! The code as a picture: modules, and how they become a path, a PNG or an SVG.

use std::{fmt::Write as _, io::Write as _};

use pdf_writer::{Content, Settings};
use qrcodegen::QrCodeEcc;

use super::qr_mask::{Rows, encode};
use crate::domain::Level;

const HEX: &[u8; 16] = b"0123456789ABCDEF";
/// Light modules around the code, as the standard asks.
const QUIET: usize = 4;
/// Pixels to a module of a PNG where nobody says how many: sharp on a phone, small in an answer.
const PIXELS: usize = 6;

/// Four modules, the leftmost in the lowest bit, as pixels, the leftmost in the highest.
const WIDE: [[u8; 3]; 16] = {
    let mut wide = [[0; 3]; 16];
    let mut modules = 0;
    while modules < 16 {
        let mut pixel = 0;
        while pixel < 4 * PIXELS {
            if modules >> (pixel / PIXELS) & 1 == 1 {
                wide[modules][pixel / 8] |= 0x80 >> (pixel % 8);
            }
            pixel += 1;
        }
        modules += 1;
    }
    wide
};

/// A QR code.
pub struct QrImage {
    size: usize,
    rows: Rows,
}

impl QrImage {
    /// Encodes a ticket's code, a text of the alphanumeric alphabet.
    pub fn encode(text: &str, level: Level) -> Self {
        let level = match level {
            Level::M => QrCodeEcc::Medium,
            Level::Q => QrCodeEcc::Quartile,
            Level::H => QrCodeEcc::High,
        };
        let (size, rows) = encode(text, level).expect("a ticket's code is far below the limit");
        Self { size, rows }
    }

    /// Whether a module is dark, counted from the upper left corner.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && y < self.size && self.rows[y] >> x & 1 == 1
    }

    /// How many modules wide it is, quiet zone included.
    fn modules(&self) -> usize {
        self.size + 2 * QUIET
    }

    /// Runs of dark modules, as (x, y, length), the quiet zone counted in.
    fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        self.rows[..self.size].iter().zip(QUIET..).flat_map(|(row, y)| {
            let mut left = *row;
            std::iter::from_fn(move || {
                let start = left.trailing_zeros();
                let length = left.checked_shr(start)?.trailing_ones();
                left &= !(((1 << length) - 1) << start);
                Some((start as usize + QUIET, y, length as usize))
            })
        })
    }

    /// Draws it into the square that `square` makes of the unit square: a black picture of one bit a module, on white.
    ///
    /// As hexadecimal digits it has a third of the bytes of its runs as compressed rectangles, and no reader mistakes its
    /// data for something else.
    pub(super) fn draw(&self, bytes: &mut Vec<u8>, square: [f32; 6]) {
        let mut content = Content::with_settings(Settings { pretty: false });
        let (quiet, whole) = (QUIET as f32, self.modules() as f32);
        let share = self.size as f32 / whole;
        content.save_state();
        content.transform(square);
        content.set_fill_gray(1.0).rect(0.0, 0.0, 1.0, 1.0).fill_nonzero();
        content.set_fill_gray(0.0).transform([share, 0.0, 0.0, share, quiet / whole, quiet / whole]);
        bytes.extend(content.finish().as_slice());
        let size = self.size;
        // Writing to memory does not fail.
        let _ = write!(bytes, "\nBI/W {size}/H {size}/IM true/D[1 0]/F/AHx ID ");
        for row in &self.rows[..size] {
            // The leftmost module is the lowest bit here, and the highest of its byte there.
            for byte in &row.reverse_bits().to_be_bytes()[..size.div_ceil(8)] {
                bytes.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
        }
        bytes.extend(b">\nEI\nQ\n");
    }

    /// A black and white PNG, one bit a pixel, with the usual number of pixels to a module.
    pub fn png(&self) -> Vec<u8> {
        let side = self.modules() * PIXELS;
        let stride = side.div_ceil(8);
        let mut pixels = vec![0xff_u8; stride * side];
        for (row, lines) in self.rows[..self.size].iter().zip(pixels.chunks_mut(stride * PIXELS).skip(QUIET)) {
            let (first, others) = lines.split_at_mut(stride);
            // Four modules are three bytes; the quiet zone is four modules wide.
            for (four, bytes) in first.chunks_mut(3).skip(QUIET / 4).enumerate() {
                let wide = WIDE[usize::from(row.to_le_bytes()[four / 2] >> (four % 2 * 4) & 0xf)];
                bytes.iter_mut().zip(wide).for_each(|(byte, dark)| *byte = !dark);
            }
            others.chunks_mut(stride).for_each(|line| line.copy_from_slice(first));
        }
        write_png(side, &pixels)
    }

    /// The same with this many pixels to a module.
    pub fn png_with(&self, scale: usize) -> Vec<u8> {
        if scale == PIXELS {
            return self.png();
        }
        let side = self.modules() * scale;
        let stride = side.div_ceil(8);
        let mut pixels = vec![0xff_u8; stride * side];
        for (x, y, length) in self.runs() {
            for line in pixels.chunks_mut(stride).skip(y * scale).take(scale) {
                for at in x * scale..(x + length) * scale {
                    line[at / 8] &= !(0x80 >> (at % 8));
                }
            }
        }
        write_png(side, &pixels)
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

fn write_png(side: usize, pixels: &[u8]) -> Vec<u8> {
    let mut png = Vec::with_capacity(2048);
    let side = u32::try_from(side).expect("a few thousand");
    let mut encoder = png::Encoder::new(&mut png, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Fast);
    // Most lines are the same as the one above.
    encoder.set_filter(png::Filter::Up);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels));
    written.expect("writing to memory does not fail");
    png
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runs_are_exactly_the_dark_modules() {
        let image = QrImage::encode("HELLO WORLD", Level::M);
        let mut rows = [0_u64; 21];
        for (x, y, length) in image.runs() {
            assert!(length > 0);
            for x in x..x + length {
                assert_eq!(rows[y - QUIET] >> (x - QUIET) & 1, 0, "twice");
                rows[y - QUIET] |= 1 << (x - QUIET);
            }
        }
        assert_eq!((image.size, &rows[..]), (21, &image.rows[..21]));
    }

    #[test]
    fn a_png_says_its_size() {
        let png = QrImage::encode("HELLO WORLD", Level::M).png();
        let info = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        assert_eq!(info.info().width as usize, (21 + 8) * PIXELS);
        assert_eq!(info.info().bit_depth, png::BitDepth::One);
    }

    #[test]
    fn each_module_is_a_square_of_pixels() {
        let image = QrImage::encode("HELLO WORLD", Level::M);
        for scale in [1, 3, PIXELS, 10] {
            let mut reader = png::Decoder::new(std::io::Cursor::new(image.png_with(scale))).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let frame = reader.next_frame(&mut pixels).unwrap();
            let side = (21 + 8) * scale;
            assert_eq!(frame.width as usize, side);
            for y in 0..side {
                for x in 0..side {
                    let dark = pixels[y * frame.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
                    let module = |at: usize| (at / scale).checked_sub(QUIET).filter(|at| *at < image.size);
                    let expected = module(x).zip(module(y)).is_some_and(|(x, y)| image.is_dark(x, y));
                    assert_eq!(dark, expected, "({x}, {y})");
                }
            }
        }
    }
}
