//! A font cut down to the glyphs a file needs, as PDF objects.

use pdf_writer::{
    Chunk, Filter, Finish, Name, Rect, Ref, Str,
    types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap},
};
use subsetter::GlyphRemapper;

use super::{
    deflate::deflate,
    font::{Face, Glyph},
};

const IDENTITY: SystemInfo<'static> = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// The glyphs of one face that a file uses, renumbered without gaps, with the text each stands for.
#[derive(Clone)]
pub struct Subset {
    face: &'static Face,
    glyphs: GlyphRemapper,
    texts: Vec<String>,
}

/// How many objects a font takes.
pub const OBJECTS: i32 = 5;

impl Subset {
    /// Nothing yet but the box for what is missing.
    pub fn new(face: &'static Face) -> Self {
        Self { face, glyphs: GlyphRemapper::new(), texts: vec![String::new()] }
    }

    /// The glyph's number here, if it is here.
    pub fn get(&self, glyph: &Glyph) -> Option<u16> {
        // Every missing letter is the same box, but no two of them are the same text: the box never carries text.
        self.glyphs.get(glyph.id)
    }

    /// The glyph's number here, taken in if it is not here yet.
    pub fn add(&mut self, glyph: &Glyph) -> u16 {
        let cid = self.glyphs.remap(glyph.id);
        if usize::from(cid) == self.texts.len() {
            self.texts.push(glyph.text.clone());
        }
        cid
    }

    /// Writes the font as [`OBJECTS`] objects from `first` on; `first` is the font itself.
    pub fn write(&self, chunk: &mut Chunk, first: Ref) -> Result<(), subsetter::Error> {
        let id = |n: i32| Ref::new(first.get() + n);
        let (cid_font, descriptor, cmap, file) = (id(1), id(2), id(3), id(4));
        let data = subsetter::subset(self.face.data, 0, &self.glyphs)?;
        let name = self.tagged_name(&data);

        chunk
            .type0_font(first)
            .base_font(Name(name.as_bytes()))
            .encoding_predefined(Name(b"Identity-H"))
            .descendant_font(cid_font)
            .to_unicode(cmap);
        self.write_cid_font(chunk, cid_font, descriptor, &name);
        self.write_descriptor(chunk, descriptor, file, &name);
        let map = deflate(&self.unicode_map());
        chunk.cmap(cmap, &map).filter(Filter::FlateDecode);
        let packed = deflate(&data);
        let mut stream = chunk.stream(file, &packed);
        stream.filter(Filter::FlateDecode);
        stream.pair(Name(b"Length1"), i32::try_from(data.len()).expect("a subset is small"));
        stream.finish();
        Ok(())
    }

    fn write_cid_font(&self, chunk: &mut Chunk, id: Ref, descriptor: Ref, name: &str) {
        let mut font = chunk.cid_font(id);
        font.subtype(CidFontType::Type2)
            .base_font(Name(name.as_bytes()))
            .system_info(IDENTITY)
            .font_descriptor(descriptor)
            .default_width(0.0)
            .cid_to_gid_map_predefined(Name(b"Identity"));
        let widths = self.glyphs.remapped_gids().map(|glyph| self.face.width(glyph));
        font.widths().consecutive(0, widths);
    }

    fn write_descriptor(&self, chunk: &mut Chunk, id: Ref, file: Ref, name: &str) {
        let metrics = self.face.metrics;
        let [x0, y0, x1, y1] = metrics.bbox;
        chunk
            .font_descriptor(id)
            .name(Name(name.as_bytes()))
            .flags(FontFlags::SYMBOLIC)
            .bbox(Rect::new(x0, y0, x1, y1))
            .italic_angle(0.0)
            .ascent(metrics.ascent)
            .descent(metrics.descent)
            .cap_height(metrics.cap_height)
            .stem_v(90.0)
            .font_file2(file);
    }

    fn unicode_map(&self) -> Vec<u8> {
        let mut map = UnicodeCmap::<u16>::new(Name(b"Onsale"), IDENTITY);
        for (text, cid) in self.texts.iter().zip(0u16..) {
            if !text.is_empty() {
                map.pair_with_multiple(cid, text.chars());
            }
        }
        map.finish().into_vec()
    }

    /// `ABCDEF+Name`: the tag says that this is a part, and which.
    fn tagged_name(&self, data: &[u8]) -> String {
        use sha2::{Digest, Sha256};
        let digest = Sha256::digest(data);
        let tag: String = digest.iter().take(6).map(|byte| char::from(b'A' + byte % 26)).collect();
        format!("{tag}+{}", self.face.name)
    }
}
