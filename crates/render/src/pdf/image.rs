//! Pictures of a layout: decoded once as a check, and written as PDF objects.

use pdf_writer::{Chunk, Filter, Finish, Ref, types::Predictor};
use zune_jpeg::{
    JpegDecoder,
    zune_core::{bytestream::ZCursor, options::DecoderOptions},
};

/// Limit of pixels per picture: an A4 page at 300 dpi has nine million.
const MAX_PIXELS: u64 = 10_000_000;
const MAX_SIDE: u32 = 10_000;

/// A picture, ready to be written.
pub struct Picture {
    pub width: u32,
    pub height: u32,
    /// EXIF orientation, 1 to 8.
    pub orientation: u8,
    data: Vec<u8>,
    encoding: Encoding,
    /// Compressed alpha channel, one byte per pixel.
    alpha: Option<Vec<u8>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Encoding {
    /// Compressed rows with PNG filters; number of channels.
    PngRows(u8),
    /// The unchanged JPEG file; number of channels.
    Jpeg(u8),
    /// The unchanged JPEG file with inverted CMYK channels, as Adobe programs write them.
    InvertedCmykJpeg,
}

/// Error of reading a picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    #[error("the picture is broken: {0}")]
    Broken(String),
    #[error("the picture has {0} × {1} pixels: at most 10,000 a side and 10 million together")]
    TooLarge(u32, u32),
    #[error("the picture's colour format is not supported: {0}")]
    Colors(String),
}

impl Picture {
    /// Maximum number of objects of a picture.
    pub const OBJECTS: i32 = 2;

    /// Reads a PNG or JPEG file.
    pub fn read(bytes: &[u8]) -> Result<Self, PictureError> {
        if bytes.starts_with(b"\x89PNG") { read_png(bytes) } else { read_jpeg(bytes) }
    }

    /// Writes the picture as object `id`, and its alpha channel as the next number. Returns the offset of each object.
    pub fn write(&self, chunk: &mut Chunk, id: Ref) -> Vec<(Ref, usize)> {
        let mask = Ref::new(id.get() + 1);
        let mut starts = vec![(id, chunk.len())];
        let side = |pixels: u32| i32::try_from(pixels).expect("sides are limited");
        let mut image = chunk.image_xobject(id, &self.data);
        image.width(side(self.width)).height(side(self.height)).bits_per_component(8);
        match self.encoding {
            Encoding::PngRows(3) | Encoding::Jpeg(3) => image.color_space().device_rgb(),
            Encoding::Jpeg(4) | Encoding::InvertedCmykJpeg => image.color_space().device_cmyk(),
            Encoding::PngRows(_) | Encoding::Jpeg(_) => image.color_space().device_gray(),
        }
        if self.encoding == Encoding::InvertedCmykJpeg {
            image.decode([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        }
        match self.encoding {
            Encoding::PngRows(channels) => {
                image.filter(Filter::FlateDecode);
                image.decode_parms().predictor(Predictor::PngOptimum).colors(channels.into()).columns(side(self.width));
            }
            Encoding::Jpeg(_) | Encoding::InvertedCmykJpeg => drop(image.filter(Filter::DctDecode)),
        }
        if self.alpha.is_some() {
            image.s_mask(mask);
        }
        image.finish();
        if let Some(alpha) = &self.alpha {
            starts.push((mask, chunk.len()));
            let mut image = chunk.image_xobject(mask, alpha);
            image.width(side(self.width)).height(side(self.height)).bits_per_component(8).color_space().device_gray();
            image.filter(Filter::FlateDecode);
            image.decode_parms().predictor(Predictor::PngOptimum).colors(1).columns(side(self.width));
        }
        starts
    }
}

fn check_size(width: u32, height: u32) -> Result<(), PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE || pixels > MAX_PIXELS {
        return Err(PictureError::TooLarge(width, height));
    }
    Ok(())
}

fn read_png(bytes: &[u8]) -> Result<Picture, PictureError> {
    let broken = |error: png::DecodingError| PictureError::Broken(error.to_string());
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().map_err(broken)?;
    let (width, height) = (reader.info().width, reader.info().height);
    check_size(width, height)?;
    let size = reader.output_buffer_size().ok_or(PictureError::TooLarge(width, height))?;
    let mut pixels = vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(broken)?;
    pixels.truncate(frame.buffer_size());
    let (channels, encoding) = match frame.color_type {
        png::ColorType::Grayscale => (1, Encoding::PngRows(1)),
        png::ColorType::GrayscaleAlpha => (2, Encoding::PngRows(1)),
        png::ColorType::Rgb => (3, Encoding::PngRows(3)),
        png::ColorType::Rgba => (4, Encoding::PngRows(3)),
        png::ColorType::Indexed => return Err(PictureError::Colors("a palette".into())),
    };
    let packed = |pixels: &[u8], channels: usize| {
        pack_rows(pixels, width, height, channels).map_err(|error| PictureError::Broken(error.to_string()))
    };
    if channels % 2 == 1 {
        return Ok(Picture { width, height, orientation: 1, data: packed(&pixels, channels)?, encoding, alpha: None });
    }
    let (mut colors, mut alpha) = (Vec::with_capacity(size), Vec::with_capacity(size / channels));
    for pixel in pixels.chunks_exact(channels) {
        colors.extend(&pixel[..channels - 1]);
        alpha.push(pixel[channels - 1]);
    }
    let has_alpha = alpha.iter().any(|opacity| *opacity != 255);
    let alpha = if has_alpha { Some(packed(&alpha, 1)?) } else { None };
    Ok(Picture { width, height, orientation: 1, data: packed(&colors, channels - 1)?, encoding, alpha })
}

/// Returns compressed rows with PNG filters: the data of a PNG file's IDAT chunks, which PDF readers understand.
fn pack_rows(pixels: &[u8], width: u32, height: u32, channels: usize) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(if channels == 1 { png::ColorType::Grayscale } else { png::ColorType::Rgb });
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_filter(png::Filter::Adaptive);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    let mut packed = Vec::with_capacity(file.len());
    let mut chunks = file.get(8..).unwrap_or_default();
    // Chunk layout: length, name, data, checksum.
    while let [a, b, c, d, rest @ ..] = chunks {
        let length = u32::from_be_bytes([*a, *b, *c, *d]) as usize;
        let (Some(name), Some(data)) = (rest.get(..4), rest.get(4..4 + length)) else { break };
        if name == b"IDAT" {
            packed.extend(data);
        }
        chunks = rest.get(8 + length..).unwrap_or_default();
    }
    Ok(packed)
}

fn read_jpeg(bytes: &[u8]) -> Result<Picture, PictureError> {
    let broken = |error: zune_jpeg::errors::DecodeErrors| PictureError::Broken(error.to_string());
    let limit = MAX_SIDE as usize;
    let options = DecoderOptions::new_safe().set_max_width(limit).set_max_height(limit).set_strict_mode(false);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(broken)?;
    let info = decoder.info().ok_or_else(|| PictureError::Broken("no size in the file header".into()))?;
    let (width, height) = (u32::from(info.width), u32::from(info.height));
    check_size(width, height)?;
    let encoding = match info.components {
        1 => Encoding::Jpeg(1),
        3 => Encoding::Jpeg(3),
        4 if has_adobe_mark(bytes) => Encoding::InvertedCmykJpeg,
        4 => Encoding::Jpeg(4),
        other => return Err(PictureError::Colors(format!("{other} channels"))),
    };
    let orientation = decoder.exif().and_then(|exif| orientation(exif)).unwrap_or(1);
    // Decoded only as a check; the original JPEG file goes into the PDF.
    decoder.decode().map_err(broken)?;
    Ok(Picture { width, height, orientation, data: bytes.to_vec(), encoding, alpha: None })
}

/// True if a JPEG has Adobe's marker (APP14) before its image data.
fn has_adobe_mark(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let [0xff, marker, high, low, ..] = rest {
        if *marker == 0xda {
            return false;
        }
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        if *marker == 0xee && rest.get(4..9) == Some(b"Adobe") {
            return true;
        }
        rest = rest.get(2 + length..).unwrap_or_default();
    }
    false
}

/// Returns the orientation from EXIF data.
fn orientation(exif: &[u8]) -> Option<u8> {
    let little_endian = match exif.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |at: usize| {
        let bytes: [u8; 2] = exif.get(at..at + 2)?.try_into().ok()?;
        Some(if little_endian { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) })
    };
    let (low, high) = (short(4)?, short(6)?);
    let offset = usize::from(if little_endian { low } else { high });
    let count = usize::from(short(offset)?);
    let entry = (0..count.min(100)).map(|index| offset + 2 + 12 * index).find(|at| short(*at) == Some(0x112))?;
    short(entry + 8).and_then(|value| u8::try_from(value).ok()).filter(|value| (1..=8).contains(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, 2, 1);
        encoder.set_color(color);
        encoder.write_header().unwrap().write_image_data(pixels).unwrap();
        file
    }

    #[test]
    fn an_alpha_channel_is_written_only_if_a_pixel_is_transparent() {
        let seen = |color, pixels: &[u8]| Picture::read(&png(color, pixels)).unwrap().alpha.is_some();
        assert!(seen(png::ColorType::Rgba, &[1, 2, 3, 255, 1, 2, 3, 128]));
        assert!(!seen(png::ColorType::Rgba, &[1, 2, 3, 255, 1, 2, 3, 255]));
        assert!(!seen(png::ColorType::Rgb, &[1, 2, 3, 1, 2, 3]));
        assert!(seen(png::ColorType::GrayscaleAlpha, &[1, 0, 2, 255]));
    }

    #[test]
    fn a_broken_or_huge_picture_is_refused() {
        let mut file = png(png::ColorType::Rgb, &[1, 2, 3, 1, 2, 3]);
        file.truncate(file.len() - 20);
        assert!(matches!(Picture::read(&file), Err(PictureError::Broken(_))));
        // The header declares four gigapixels.
        let mut bomb = png(png::ColorType::Rgb, &[1, 2, 3, 1, 2, 3]);
        bomb[16..24].copy_from_slice(&[0, 0, 0xff, 0xff, 0, 0, 0xff, 0xff]);
        let crc = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&crc.to_be_bytes());
        assert!(Picture::read(&bomb).is_err());
        assert!(Picture::read(b"\xff\xd8\xff\xe0 nothing").is_err());
    }

    fn crc(data: &[u8]) -> u32 {
        let bit = |c: u32| if c & 1 == 1 { 0xedb8_8320 ^ (c >> 1) } else { c >> 1 };
        !data.iter().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(*byte), |c, _| bit(c)))
    }
}
