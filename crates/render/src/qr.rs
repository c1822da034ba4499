//! QR codes as images: PDF, PNG and SVG.

use std::{fmt::Write as _, io::Write as _};

use pdf_writer::{Content, Settings};
use qrcodegen::{QrCode, QrCodeEcc};

use super::qr_mask::{Rows, encode};
use crate::domain::Level;

const HEX: &[u8; 16] = b"0123456789ABCDEF";
/// Width of the quiet zone around the code, in modules, as the standard requires.
const QUIET_ZONE: usize = 4;
/// Default pixels per module of a PNG: sharp on a phone, and a small response.
const DEFAULT_SCALE: usize = 6;

/// Pixels of each combination of four modules. The leftmost module is the lowest bit, the leftmost pixel the highest.
const FOUR_MODULES: [[u8; 3]; 16] = {
    let mut pixels_of = [[0; 3]; 16];
    let mut modules = 0;
    while modules < 16 {
        let mut pixel = 0;
        while pixel < 4 * DEFAULT_SCALE {
            if modules >> (pixel / DEFAULT_SCALE) & 1 == 1 {
                pixels_of[modules][pixel / 8] |= 0x80 >> (pixel % 8);
            }
            pixel += 1;
        }
        modules += 1;
    }
    pixels_of
};

/// A QR code.
pub struct QrImage {
    size: usize,
    rows: Rows,
}

impl QrImage {
    /// Encodes a ticket's code, a text in the QR alphanumeric character set.
    pub fn encode(text: &str, level: Level) -> Self {
        let level = match level {
            Level::M => QrCodeEcc::Medium,
            Level::Q => QrCodeEcc::Quartile,
            Level::H => QrCodeEcc::High,
        };
        let (size, rows) = encode(text, level).expect("a ticket's code is far below the limit");
        Self { size, rows }
    }

    /// Encodes a text of any characters. `None` if it is too long for one code.
    pub fn of_text(text: &str) -> Option<Self> {
        let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
        let size = usize::try_from(code.size()).ok()?;
        let mut rows: Rows = [0; 64];
        for (y, row) in rows.get_mut(..size)?.iter_mut().enumerate() {
            for x in 0..size {
                let at = |position: usize| i32::try_from(position).unwrap_or(i32::MAX);
                *row |= u64::from(code.get_module(at(x), at(y))) << x;
            }
        }
        Some(Self { size, rows })
    }

    /// True if the module is dark; (0, 0) is the upper left corner.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && y < self.size && self.rows[y] >> x & 1 == 1
    }

    /// Returns the width in modules, quiet zone included.
    fn modules(&self) -> usize {
        self.size + 2 * QUIET_ZONE
    }

    /// Returns the horizontal runs of dark modules as (x, y, length); coordinates include the quiet zone.
    fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        self.rows[..self.size].iter().zip(QUIET_ZONE..).flat_map(|(row, y)| {
            let mut left = *row;
            std::iter::from_fn(move || {
                let start = left.trailing_zeros();
                let length = left.checked_shr(start)?.trailing_ones();
                left &= !(((1 << length) - 1) << start);
                Some((start as usize + QUIET_ZONE, y, length as usize))
            })
        })
    }

    /// Draws the code as an inline image with one bit per module; `square` is the matrix of its square.
    ///
    /// In hexadecimal digits it has a third of the size of compressed rectangles, and readers cannot take its data for
    /// operators.
    pub(super) fn draw(&self, bytes: &mut Vec<u8>, square: [f32; 6]) {
        let mut content = Content::with_settings(Settings { pretty: false });
        let (quiet, whole) = (QUIET_ZONE as f32, self.modules() as f32);
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
            // The leftmost module is the lowest bit of a row, but the highest bit of a byte in the PDF.
            for byte in &row.reverse_bits().to_be_bytes()[..size.div_ceil(8)] {
                bytes.extend([HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
            }
        }
        bytes.extend(b">\nEI\nQ\n");
    }

    /// Returns a black and white PNG with one bit per pixel and the default pixels per module.
    pub fn png(&self) -> Vec<u8> {
        let side = self.modules() * DEFAULT_SCALE;
        let stride = side.div_ceil(8);
        let mut pixels = vec![0xff_u8; stride * side];
        for (row, lines) in
            self.rows[..self.size].iter().zip(pixels.chunks_mut(stride * DEFAULT_SCALE).skip(QUIET_ZONE))
        {
            let (first, others) = lines.split_at_mut(stride);
            // Four modules are three bytes; the quiet zone is four modules wide.
            for (four, bytes) in first.chunks_mut(3).skip(QUIET_ZONE / 4).enumerate() {
                let dark_pixels = FOUR_MODULES[usize::from(row.to_le_bytes()[four / 2] >> (four % 2 * 4) & 0xf)];
                bytes.iter_mut().zip(dark_pixels).for_each(|(byte, dark)| *byte = !dark);
            }
            others.chunks_mut(stride).for_each(|line| line.copy_from_slice(first));
        }
        write_png(side, &pixels)
    }

    /// Returns a black and white PNG with `scale` pixels per module.
    pub fn png_with_scale(&self, scale: usize) -> Vec<u8> {
        if scale == DEFAULT_SCALE {
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

    /// Returns an SVG image.
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
    // Most lines are equal to the line above.
    encoder.set_filter(png::Filter::Up);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels));
    written.expect("writing to memory does not fail");
    png
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_any_characters_has_a_code() {
        let address = "otpauth://totp/Onsale:ada%40example.com?secret=JBSWY3DPEHPK3PXP";
        let image = QrImage::of_text(address).unwrap();
        let mut scanned = rqrr::PreparedImage::prepare_from_greyscale(image.modules(), image.modules(), |x, y| {
            let dark = x >= QUIET_ZONE && y >= QUIET_ZONE && image.is_dark(x - QUIET_ZONE, y - QUIET_ZONE);
            if dark { 0 } else { 255 }
        });
        assert_eq!(scanned.detect_grids()[0].decode().unwrap().1, address);
        assert!(QrImage::of_text(&"a".repeat(300)).is_none());
    }

    #[test]
    fn the_runs_are_exactly_the_dark_modules() {
        let image = QrImage::encode("HELLO WORLD", Level::M);
        let mut rows = [0_u64; 21];
        for (x, y, length) in image.runs() {
            assert!(length > 0);
            for x in x..x + length {
                assert_eq!(rows[y - QUIET_ZONE] >> (x - QUIET_ZONE) & 1, 0, "twice");
                rows[y - QUIET_ZONE] |= 1 << (x - QUIET_ZONE);
            }
        }
        assert_eq!((image.size, &rows[..]), (21, &image.rows[..21]));
    }

    #[test]
    fn a_png_has_the_right_size() {
        let png = QrImage::encode("HELLO WORLD", Level::M).png();
        let info = png::Decoder::new(std::io::Cursor::new(png)).read_info().unwrap();
        assert_eq!(info.info().width as usize, (21 + 8) * DEFAULT_SCALE);
        assert_eq!(info.info().bit_depth, png::BitDepth::One);
    }

    #[test]
    fn each_module_is_a_square_of_pixels() {
        let image = QrImage::encode("HELLO WORLD", Level::M);
        for scale in [1, 3, DEFAULT_SCALE, 10] {
            let mut reader = png::Decoder::new(std::io::Cursor::new(image.png_with_scale(scale))).read_info().unwrap();
            let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
            let frame = reader.next_frame(&mut pixels).unwrap();
            let side = (21 + 8) * scale;
            assert_eq!(frame.width as usize, side);
            for y in 0..side {
                for x in 0..side {
                    let dark = pixels[y * frame.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
                    let module = |at: usize| (at / scale).checked_sub(QUIET_ZONE).filter(|at| *at < image.size);
                    let expected = module(x).zip(module(y)).is_some_and(|(x, y)| image.is_dark(x, y));
                    assert_eq!(dark, expected, "({x}, {y})");
                }
            }
        }
    }
}
