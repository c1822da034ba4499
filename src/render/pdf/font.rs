//! A font cut down to the glyphs a file needs, as PDF objects.

use pdf_writer::{
    Chunk, Filter, Finish, Name, Rect, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use sha2::{Digest, Sha256};
use subsetter::GlyphRemapper;

use super::deflate;
use crate::render::text::{Face, FaceId, Outlines};

const IDENTITY: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The glyphs of one face that a file uses, renumbered without gaps, with the text each stands for.
#[derive(Clone, Default)]
pub struct Subset {
    glyphs: GlyphRemapper,
    /// The number here of each glyph of the face; 0: not here.
    numbers: Vec<u16>,
    /// By number.
    texts: Vec<Box<str>>,
}

/// What a page calls a font: the one that all files of a plan share, or a file's own additions to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FontName {
    pub face: FaceId,
    pub own: bool,
}

/// Where a glyph is: in which font, under which number, and whether the font tells readers the right text for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Placed {
    pub font: FontName,
    pub number: u16,
    pub tells: bool,
}

impl FontName {
    /// Its name in a page's resources.
    pub fn write(self, buffer: &mut Vec<u8>) {
        buffer.clear();
        buffer.push(if self.own { b'X' } else { b'F' });
        buffer.extend(self.face.0.to_string().bytes());
    }
}

impl Subset {
    /// How many objects a font takes.
    pub const OBJECTS: i32 = 5;

    /// The glyph's number here, if it is here, and whether it stands for `text`.
    pub fn get(&self, glyph: u16, text: &str) -> Option<(u16, bool)> {
        match self.numbers.get(usize::from(glyph)) {
            // The box for what is missing is always here and never stands for anything.
            _ if glyph == 0 => Some((0, false)),
            Some(0) | None => None,
            Some(number) => Some((*number, &*self.texts[usize::from(*number)] == text)),
        }
    }

    /// The glyph's number here, taken in if it is not here yet, and whether it stands for `text`.
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

    /// What tells it from another subset.
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
    /// Returns where each of them begins.
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
            Outlines::Cff => Face::cff(&data).ok_or_else(|| format!("{}: no outlines are left", face.name))?,
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
        // Its comments are for who reads PostScript.
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

/// `ABCDEF+Name`: the tag says that this is a part, and which.
fn tagged_name(face: &Face, data: &[u8]) -> String {
    let tag: String = Sha256::digest(data).iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect();
    format!("{tag}+{}", face.name)
}
