//! Fonts found on disk. Only the tables that describe a font are read, until one of its letters is needed.

use std::{
    fs::{self, File},
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use skrifa::{FontRef, MetadataProvider, attribute::Style, string::StringId};

use super::{cluster::has_all, face::Face, han::HanVariant};

/// Size limit of a font file, in bytes; larger files are ignored.
const MAX_FONT_BYTES: u64 = 64 << 20;
/// Limit of font files; further files are ignored.
const MAX_FONT_FILES: usize = 2_000;
/// Depth limit of the search for font files; also ends cycles of symbolic links.
pub const MAX_DEPTH: usize = 6;

/// A font found on disk: its description, and the font itself after its first use.
pub struct DiskFont {
    path: PathBuf,
    index: u32,
    pub bold: bool,
    /// Suitability for tickets; 0 is best.
    pub rank: u8,
    pub han: Option<HanVariant>,
    /// Covered code points as sorted inclusive ranges.
    letters: Vec<(u32, u32)>,
    face: OnceLock<Option<Face>>,
}

/// Adds the font files in a folder and its subfolders, at most `depth` levels deep.
pub fn list_fonts(folder: &Path, depth: usize, files: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        let extension = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() && depth > 0 => list_fonts(&path, depth - 1, files),
            Ok(meta) if meta.len() <= MAX_FONT_BYTES && files.len() < MAX_FONT_FILES => {
                if matches!(extension.as_deref(), Some("ttf" | "otf" | "ttc" | "otc")) {
                    files.push(path);
                }
            }
            _ => {}
        }
    }
}

impl DiskFont {
    /// Reads the descriptions of all usable fonts in a file.
    pub fn of(path: &Path) -> Vec<Self> {
        let Ok(mut file) = File::open(path) else { return Vec::new() };
        let name = path.file_stem().unwrap_or_default().to_string_lossy().to_lowercase();
        let other = ["mono", "serif", "condensed", "narrow", "ui"].iter().any(|kind| name.contains(kind));
        let offsets = offsets(&mut file).unwrap_or_default();
        let fonts = offsets.into_iter().zip(0..).filter_map(|(offset, index)| {
            let header = FontHeader::read(&mut file, offset).ok().filter(FontHeader::is_usable)?;
            let font = FontRef::new(&header.tables).ok()?;
            let attributes = font.attributes();
            let odd = attributes.style != Style::Normal || attributes.stretch.ratio() < 0.95;
            let weight = attributes.weight.value();
            if !(300.0..=800.0).contains(&weight) {
                return None;
            }
            let family = font.localized_strings(StringId::FAMILY_NAME).english_or_first();
            Some(Self {
                han: family.and_then(|family| HanVariant::of_font(&family.to_string())),
                path: path.to_owned(),
                index,
                bold: weight >= 600.0,
                rank: u8::from(odd) * 2 + u8::from(other),
                letters: ranges(font.charmap().mappings().map(|(letter, _)| letter)),
                face: OnceLock::new(),
            })
        });
        fonts.collect()
    }

    /// True if the font has all letters of a cluster.
    pub fn covers(&self, cluster: &str) -> bool {
        has_all(cluster, |letter| {
            let letter = u32::from(letter);
            let after = self.letters.partition_point(|(first, _)| *first <= letter);
            after > 0 && self.letters[after - 1].1 >= letter
        })
    }

    /// Returns the font, read from disk on the first call. `None` if the font is unusable.
    pub fn face(&self) -> Option<&Face> {
        let load = || {
            // Never freed: shaping needs `'static` data.
            let data: &'static [u8] = Box::leak(fs::read(&self.path).ok()?.into_boxed_slice());
            let face = Face::load(data, self.index);
            tracing::debug!(file = %self.path.display(), usable = face.is_some(), "read a font from disk");
            face
        };
        self.face.get_or_init(load).as_ref()
    }
}

/// Descriptive tables of a font, without its glyphs.
struct FontHeader {
    /// A font file with only these tables.
    tables: Vec<u8>,
    /// Tags of all tables of the original font.
    names: Vec<[u8; 4]>,
}

/// Tables that describe a font.
const TABLES: [&[u8; 4]; 5] = [b"OS/2", b"cmap", b"head", b"name", b"post"];
/// Size limit of a descriptive table, in bytes; larger tables are skipped.
const MAX_TABLE: u32 = 8 << 20;
const MAX_TABLES: u16 = 256;
const MAX_FONTS_IN_FILE: u32 = 64;

/// Returns the offsets of the fonts in a file: one, or several in a collection.
fn offsets(file: &mut File) -> io::Result<Vec<u32>> {
    if read_array::<4>(file)? != *b"ttcf" {
        return Ok(vec![0]);
    }
    let _version = read_u32(file)?;
    let count = read_u32(file)?.min(MAX_FONTS_IN_FILE);
    (0..count).map(|_| read_u32(file)).collect()
}

impl FontHeader {
    /// Copies the descriptive tables into a font file of their own.
    fn read(file: &mut File, offset: u32) -> io::Result<Self> {
        file.seek(SeekFrom::Start(offset.into()))?;
        let version = read_array::<4>(file)?;
        let count = u16::from_be_bytes(read_array(file)?).min(MAX_TABLES);
        let _search: [u8; 6] = read_array(file)?;
        let mut records = Vec::new();
        for _ in 0..count {
            let name = read_array::<4>(file)?;
            let _checksum = read_u32(file)?;
            records.push((name, read_u32(file)?, read_u32(file)?));
        }
        let names = records.iter().map(|(name, ..)| *name).collect();
        records.retain(|(name, _, length)| TABLES.contains(&name) && *length <= MAX_TABLE);
        let mut header = version.to_vec();
        header.extend(u16::try_from(records.len()).unwrap_or(0).to_be_bytes());
        header.extend([0; 6]);
        let mut data = Vec::new();
        let first = header.len() + 16 * records.len();
        for (name, start, length) in &records {
            header.extend(name);
            header.extend([0; 4]);
            header.extend(u32::try_from(first + data.len()).unwrap_or(0).to_be_bytes());
            header.extend(length.to_be_bytes());
            file.seek(SeekFrom::Start((*start).into()))?;
            let before = data.len();
            file.take((*length).into()).read_to_end(&mut data)?;
            data.resize((before + *length as usize).next_multiple_of(4), 0);
        }
        header.extend(data);
        Ok(Self { tables: header, names })
    }

    /// True if the font has outlines and is not variable: a variable font would be printed at its default weight, and
    /// bitmap glyphs cannot be embedded.
    fn is_usable(&self) -> bool {
        let has = |name: &[u8; 4]| self.names.contains(name);
        (has(b"glyf") || has(b"CFF ")) && !has(b"fvar")
    }
}

fn read_array<const N: usize>(file: &mut File) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_u32(file: &mut File) -> io::Result<u32> {
    read_array(file).map(u32::from_be_bytes)
}

fn ranges(letters: impl Iterator<Item = u32>) -> Vec<(u32, u32)> {
    let mut letters: Vec<_> = letters.collect();
    letters.sort_unstable();
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for letter in letters {
        match ranges.last_mut() {
            Some((_, last)) if letter <= *last + 1 => *last = letter,
            _ => ranges.push((letter, letter)),
        }
    }
    ranges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_font_is_described_without_reading_its_glyphs() {
        let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fonts/files/NotoSansThai-Bold.ttf"));
        let fonts = DiskFont::of(path);
        let [font] = fonts.as_slice() else { panic!("one font") };
        assert!(font.bold && font.covers("\u{e01}") && !font.covers("\u{5d0}"));
        assert!(font.face().is_some_and(|face| face.has('\u{e01}')));
        let header = FontHeader::read(&mut File::open(path).unwrap(), 0).unwrap();
        assert!(header.tables.len() < 8_000, "{} bytes", header.tables.len());
    }

    #[test]
    fn a_file_that_is_no_font_is_ignored() {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        for bytes in
            [b"".as_slice(), b"ttcf", b"ttcf\0\x01\0\0\xff\xff\xff\xff", b"\0\x01\0\0\xff\xff", b"<html>no font</html>"]
        {
            io::Write::write_all(&mut file, bytes).unwrap();
            assert!(DiskFont::of(file.path()).is_empty());
        }
    }
}
