//! All available fonts, and the selection of a font for each letter.
//!
//! Inter is the main family. If it lacks a letter, the fonts in `crates/fonts/files` are searched, then those on disk.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
    sync::{LazyLock, Mutex, OnceLock, PoisonError, RwLock},
};

use onsale_fonts::{COUNT, FONTS, FontFile};

use super::{
    clean::is_invisible,
    cluster::{has_all, wants_emoji},
    disk::{DiskFont, MAX_DEPTH, list_fonts},
    face::Face,
    han::HanVariant,
};
use crate::{domain::Weight, metrics::GLYPHS_MISSING};

/// A font in a [`FontLibrary`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FaceId(pub u16);

/// All available fonts.
pub struct FontLibrary {
    disk: OnceLock<Vec<DiskFont>>,
    files: Vec<PathBuf>,
    missing: Mutex<BTreeSet<char>>,
    /// Cache of the font for single letters.
    picked: RwLock<HashMap<(char, Weight, HanVariant), Option<FaceId>>>,
}

/// The parsed forms of the built-in [`FONTS`], each parsed on first use. The first three fonts are the weights of the main family,
/// in the order of [`Weight`].
static BUILT_IN: [OnceLock<Face>; COUNT] = [const { OnceLock::new() }; COUNT];
const FAMILY_SIZE: usize = 3;
const FIRST_ON_DISK: usize = COUNT;

/// Parses a built-in font.
fn built_in(number: usize) -> &'static Face {
    BUILT_IN[number].get_or_init(|| Face::load(FONTS[number].data, 0).expect("a built-in font is readable"))
}

fn is_bold(font: &FontFile) -> bool {
    font.name.ends_with("Bold") // …-Bold and Inter-SemiBold
}

/// Index of the emoji font in [`FONTS`].
static EMOJI: LazyLock<usize> = LazyLock::new(|| {
    FONTS.iter().position(|font| font.name.starts_with("NotoEmoji")).expect("the emoji font is built in")
});

/// Limit of cached letters; a full cache takes some hundred kilobytes.
const MAX_PICKED: usize = 20_000;
/// Limit of missing letters that are logged, once each.
const MAX_MISSING: usize = 1_000;

impl FontLibrary {
    /// Creates a library of the built-in fonts and the fonts in these folders. Files are listed now and read on demand.
    pub fn new(folders: &[PathBuf]) -> Self {
        let mut files = Vec::new();
        for folder in folders {
            list_fonts(folder, MAX_DEPTH, &mut files);
        }
        files.sort();
        files.dedup();
        Self { disk: OnceLock::new(), files, missing: Mutex::default(), picked: RwLock::default() }
    }

    /// Reads the descriptions of the fonts on disk now, so that no ticket waits for them.
    pub fn load_descriptions(&self) {
        self.disk();
    }

    /// Returns a font by its id.
    pub fn face(&self, id: FaceId) -> &Face {
        let number = usize::from(id.0);
        match number.checked_sub(FIRST_ON_DISK) {
            None => built_in(number),
            Some(number) => self.disk()[number].face().expect("only readable fonts are picked"),
        }
    }

    /// Returns the font of the main family with this weight.
    pub fn primary(weight: Weight) -> FaceId {
        FaceId(weight as u16)
    }

    /// True if the font was found on disk, so another machine may lack it.
    pub fn is_from_disk(id: FaceId) -> bool {
        usize::from(id.0) >= FIRST_ON_DISK
    }

    /// Returns the font for a grapheme cluster: a letter with its marks, or an emoji sequence. `None` if no font has
    /// all of its letters.
    pub fn pick(&self, cluster: &str, weight: Weight, han: HanVariant) -> Option<FaceId> {
        let mut letters = cluster.chars();
        let (Some(letter), None) = (letters.next(), letters.next()) else { return self.search(cluster, weight, han) };
        let known = self.picked.read().unwrap_or_else(PoisonError::into_inner).get(&(letter, weight, han)).copied();
        known.unwrap_or_else(|| {
            let found = self.search(cluster, weight, han);
            let mut picked = self.picked.write().unwrap_or_else(PoisonError::into_inner);
            if picked.len() < MAX_PICKED {
                picked.insert((letter, weight, han), found);
            }
            found
        })
    }

    fn search(&self, cluster: &str, weight: Weight, han: HanVariant) -> Option<FaceId> {
        let primary = Self::primary(weight);
        if wants_emoji(cluster) && covers(built_in(*EMOJI), cluster) {
            return Some(face_id(*EMOJI));
        }
        if covers(self.face(primary), cluster) {
            return Some(primary);
        }
        let bold = weight != Weight::Regular;
        let find = |right: bool| {
            let numbers = FONTS.iter().enumerate().skip(FAMILY_SIZE).filter(move |(_, font)| is_bold(font) == right);
            numbers.map(|(number, _)| number).find(|number| covers(built_in(*number), cluster))
        };
        if let Some(number) = find(bold).or_else(|| find(!bold)) {
            return Some(face_id(number));
        }
        let mut on_disk: Vec<_> = self.disk().iter().enumerate().filter(|(_, font)| font.covers(cluster)).collect();
        on_disk.sort_by_key(|(number, font)| {
            let other_han = font.han.map_or(1, |own| if own == han { 0 } else { 2 });
            (font.rank, font.bold != bold, other_han, *number)
        });
        let best = on_disk.into_iter().find(|(_, font)| font.face().is_some());
        best.map(|(number, _)| face_id(FIRST_ON_DISK + number))
    }

    /// Counts letters that no font has, and logs each letter once.
    pub fn report_missing(&self, cluster: &str) {
        metrics::counter!(GLYPHS_MISSING).increment(1);
        let mut missing = self.missing.lock().unwrap_or_else(PoisonError::into_inner);
        for letter in cluster.chars().filter(|letter| !is_invisible(*letter)) {
            if missing.len() < MAX_MISSING && missing.insert(letter) {
                let letter = format!("U+{:04X}", u32::from(letter));
                tracing::warn!(letter, "no font has this letter: it is printed as a box (see FONT_DIRS)");
            }
        }
    }

    fn disk(&self) -> &[DiskFont] {
        self.disk.get_or_init(|| {
            let fonts: Vec<_> = self.files.iter().flat_map(|path| DiskFont::of(path)).collect();
            tracing::debug!(files = self.files.len(), fonts = fonts.len(), "searched for fonts on disk");
            fonts.into_iter().take(usize::from(u16::MAX) - FIRST_ON_DISK).collect()
        })
    }
}

fn face_id(number: usize) -> FaceId {
    FaceId(u16::try_from(number).expect("fewer fonts than that"))
}

/// True if the font has all letters of a cluster, decomposed or composed (NFC).
fn covers(face: &Face, cluster: &str) -> bool {
    has_all(cluster, |letter| face.has(letter))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_font_is_readable_and_picked_by_script_and_weight() {
        for (number, font) in FONTS.iter().enumerate() {
            let name = &built_in(number).name;
            assert_eq!(is_bold(font), name.ends_with("Bold"), "{number}: {name}");
        }
        let library = FontLibrary::new(&[]);
        for (cluster, weight, name) in [
            ("a", Weight::Semibold, "Inter-SemiBold"),
            ("e\u{331}", Weight::Regular, "NotoSans-Regular"),
            ("م", Weight::Bold, "NotoSansArabic-Bold"),
            ("ש", Weight::Regular, "NotoSansHebrew-Regular"),
            ("ܫ", Weight::Bold, "NotoSansSyriac-Regular"),
            ("👩‍🚀", Weight::Bold, "NotoEmoji-Regular"),
            ("❤\u{fe0f}", Weight::Regular, "NotoEmoji-Regular"),
        ] {
            let face = library.pick(cluster, weight, HanVariant::Simplified).map(|id| library.face(id).name.as_str());
            assert_eq!(face, Some(name), "{cluster}");
        }
        assert_eq!(library.pick("漢", Weight::Regular, HanVariant::Japanese), None, "no folder was searched");
    }

    #[test]
    fn a_composed_letter_covers_a_letter_with_a_mark() {
        // Inter has ő, but no combining double acute.
        assert_eq!(FontLibrary::new(&[]).pick("o\u{30b}", Weight::Bold, HanVariant::Simplified), Some(FaceId(2)));
    }
}
