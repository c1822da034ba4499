//! Font subsets as PDF objects.

use pdf_writer::{
    Chunk, Filter, Finish, Name, Rect, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use super::deflate;
use crate::text::{Face, FaceId, Outlines};

const IDENTITY: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// Glyphs of one face that a file uses, renumbered without gaps, and the text of each glyph.
#[derive(Clone, Default)]
pub struct Subset {
    glyphs: GlyphRemapper,
    /// Number in the subset for each glyph id of the face; 0 if not in the subset.
    numbers: Vec<u16>,
    /// Text of each glyph, by its number in the subset.
    texts: Vec<Box<str>>,
}

/// Name of a font on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FontName {
    pub face: FaceId,
    /// True for a font with the extra glyphs of one file; false for the font that all files of a plan share.
    pub extra: bool,
}

/// Location of a glyph: its font and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GlyphLocation {
    pub font: FontName,
    pub number: u16,
    /// True if the font maps the glyph to the text that it represents here.
    pub maps_to_text: bool,
}

impl FontName {
    /// Writes the name in the page resources, such as `F12` or `X12`.
    pub fn write(self, buffer: &mut Vec<u8>) {
        buffer.clear();
        buffer.push(if self.extra { b'X' } else { b'F' });
        buffer.extend(self.face.0.to_string().bytes());
    }
}

impl Subset {
    /// Number of objects of a font.
    pub const OBJECTS: i32 = 5;

    /// Returns the number of a glyph, and true if it maps to `text`. `None` if the glyph is not in the subset.
    pub fn get(&self, glyph: u16, text: &str) -> Option<(u16, bool)> {
        match self.numbers.get(usize::from(glyph)) {
            // Glyph 0, the missing-glyph box, is always in the subset and maps to no text.
            _ if glyph == 0 => Some((0, false)),
            Some(0) | None => None,
            Some(number) => Some((*number, &*self.texts[usize::from(*number)] == text)),
        }
    }

    /// Adds a glyph if it is missing. Returns its number, and true if it maps to `text`.
    pub fn add(&mut self, glyph: u16, text: &str) -> (u16, bool) {
        if let Some(known) = self.get(glyph, text) {
            return known;
        }
        let number = self.glyphs.remap(glyph);
        if self.numbers.len() <= usize::from(glyph) {
            self.numbers.resize(usize::from(glyph) + 1, 0);
        }
        self.numbers[usize::from(glyph)] = number;
        self.texts.resize(usize::from(number) + 1, Box::default());
        self.texts[usize::from(number)] = text.into();
        (number, true)
    }

    /// Returns a cache key of the subset and its object number.
    pub fn key(&self, face: FaceId, first: Ref) -> Vec<u8> {
        let mut key = Vec::with_capacity(64);
        key.extend(face.0.to_be_bytes());
        key.extend(first.get().to_be_bytes());
        for (glyph, text) in self.glyphs.remapped_gids().zip(&self.texts) {
            key.extend(glyph.to_be_bytes());
            key.extend(text.as_bytes());
            key.push(0xff);
        }
        key
    }

    /// Writes the font as [`Self::OBJECTS`] objects from `first` on; `first` is the font itself.
    /// Returns the offset of each object.
    pub fn write(&self, face: &Face, chunk: &mut Chunk, first: Ref) -> Result<Vec<(Ref, usize)>, String> {
        let id = |n: i32| Ref::new(first.get() + n);
        let (cid_font, descriptor, cmap, file) = (id(1), id(2), id(3), id(4));
        let data = subsetter::subset(face.data, face.index, &self.glyphs)
            .map_err(|error| format!("{}: {error}", face.name))?;
        let name = tagged_name(face, &data);
        let mut starts = Vec::with_capacity(5);

        starts.push((first, chunk.len()));
        chunk
            .type0_font(first)
            .base_font(Name(name.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid_font)
            .to_unicode(cmap);
        starts.push((cid_font, chunk.len()));
        self.write_cid_font(face, chunk, cid_font, descriptor, &name);
        starts.push((descriptor, chunk.len()));
        write_descriptor(face, chunk, descriptor, file, &name);
        starts.push((cmap, chunk.len()));
        let map = deflate(&self.unicode_map());
        chunk.cmap(cmap, &map).filter(Filter::FlateDecode);
        starts.push((file, chunk.len()));
        let program = match face.outlines {
            Outlines::TrueType => data.as_slice(),
            Outlines::Cff => Face::cff(&data).ok_or_else(|| format!("{}: the subset has no outlines", face.name))?,
        };
        let packed = deflate(program);
        let mut stream = chunk.stream(file, &packed);
        stream.filter(Filter::FlateDecode);
        match face.outlines {
            Outlines::TrueType => {
                stream.pair(Name(b"Length1"), i32::try_from(program.len()).map_err(|error| error.to_string())?);
            }
            Outlines::Cff => {
                stream.pair(Name(b"Subtype"), Name(b"CIDFontType0C"));
            }
        }
        stream.finish();
        Ok(starts)
    }

    fn write_cid_font(&self, face: &Face, chunk: &mut Chunk, id: Ref, descriptor: Ref, name: &str) {
        let mut font = chunk.cid_font(id);
        font.subtype(match face.outlines {
            Outlines::TrueType => CidFontType::Type2,
            Outlines::Cff => CidFontType::Type0,
        });
        font.base_font(Name(name.as_bytes())).system_info(IDENTITY).font_descriptor(descriptor).default_width(0.0);
        if face.outlines == Outlines::TrueType {
            font.cid_to_gid_map_predefined(Name(b"Identity"));
        }
        let widths = self.glyphs.remapped_gids().map(|glyph| face.width(glyph));
        font.widths().consecutive(0, widths);
    }

    fn unicode_map(&self) -> Vec<u8> {
        let mut map = UnicodeCmap::<u16>::new(Name(b"Onsale"), IDENTITY);
        for (text, number) in self.texts.iter().zip(0u16..) {
            if !text.is_empty() {
                map.pair_with_multiple(number, text.chars());
            }
        }
        // PostScript comments are removed to save space.
        let lines = map.finish().into_vec();
        let lines = lines.split_inclusive(|byte| *byte == b'\n').filter(|line| !line.starts_with(b"%"));
        lines.flatten().copied().collect()
    }
}

fn write_descriptor(face: &Face, chunk: &mut Chunk, id: Ref, file: Ref, name: &str) {
    let metrics = face.metrics;
    let [x0, y0, x1, y1] = metrics.bbox;
    let mut descriptor = chunk.font_descriptor(id);
    descriptor
        .name(Name(name.as_bytes()))
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(x0, y0, x1, y1))
        .italic_angle(metrics.italic_angle)
        .ascent(metrics.ascent)
        .descent(metrics.descent)
        .cap_height(metrics.cap_height)
        .stem_v(90.0);
    match face.outlines {
        Outlines::TrueType => descriptor.font_file2(file),
        Outlines::Cff => descriptor.font_file3(file),
    };
}

/// Returns the font name of a subset, such as `ABCDEF+Name`; the tag is derived from the data.
fn tagged_name(face: &Face, data: &[u8]) -> String {
    let tag: String = Sha256::digest(data).iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect();
    format!("{tag}+{}", face.name)
}
