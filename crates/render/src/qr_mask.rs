//! Chooses the best of the eight masks of a QR code like `qrcodegen`, but with 64 modules per machine word.
//!
//! QR encoding is linear over XOR: a masked code is the code XOR a pattern that depends only on version and level
//! (format bits included). So the masks of a code are compared row by row.

use std::{
    array::from_fn,
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, QrSegmentMode, Version};

/// Largest version whose rows (61 modules) fit a word.
const MAX_VERSION: u8 = 11;
const WORD_BITS: usize = 64;

/// Rows of modules; the leftmost module is the lowest bit. Modules outside of the code are light.
pub(super) type Rows = [u64; WORD_BITS];

/// Modules of a code as rows and as columns.
#[derive(Clone)]
struct Grid {
    rows: Rows,
    columns: Rows,
}

/// XOR difference of each mask to mask 0.
type MaskChanges = [Grid; 8];
type ByVersionAndLevel = HashMap<(u8, u8), Arc<MaskChanges>>;

/// Encodes a text and returns the width in modules and the rows. `None` if the text does not fit.
pub(super) fn encode(text: &str, level: QrCodeEcc) -> Option<(usize, Rows)> {
    let (size, first, changes) = match Encoder::of(text.len(), level) {
        Some(encoder) => (encoder.size, encoder.code(text)?, encoder.changes.clone()),
        None => {
            let segments = [QrSegment::make_alphanumeric(text)];
            let code = encode_with_mask(&segments, level, Mask::new(0))?;
            let size = usize::try_from(code.size()).ok()?;
            (size, Grid::of(&code, size), mask_changes(&code, &segments, level)?)
        }
    };
    // On equal penalty the first mask wins, as in `qrcodegen`.
    let best = changes.iter().min_by_key(|change| penalty(&first.masked(change), size))?;
    Some((size, first.masked(best).rows))
}

/// Encoder for texts of one length and level. Error correction and module placement are linear: a code is the code of
/// zero bits, XOR the change by each bit that is set. Base code and changes are computed once with `qrcodegen`.
struct Encoder {
    size: usize,
    /// Code of a text of zero bits only.
    base: Rows,
    /// For each bit of the text, the XOR change of all rows, `size` words each.
    bits: Vec<u64>,
    changes: Arc<MaskChanges>,
}

/// Limit of cached encoders, some hundred kilobytes each. All tickets have one length; other lengths are rare.
const MAX_ENCODERS: usize = 8;
const ALPHANUMERIC: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
/// Alphanumeric value of each byte; 255 if the byte has none.
const ALPHANUMERIC_VALUES: [u8; 256] = {
    let mut numbers = [u8::MAX; 256];
    let mut number = 0;
    while number < 45 {
        numbers[ALPHANUMERIC[number as usize] as usize] = number;
        number += 1;
    }
    numbers
};

impl Encoder {
    fn of(length: usize, level: QrCodeEcc) -> Option<Arc<Self>> {
        type Cache = HashMap<(usize, u8), Option<Arc<Encoder>>>;
        static CACHE: LazyLock<RwLock<Cache>> = LazyLock::new(RwLock::default);
        let key = (length, level as u8);
        if let Some(known) = CACHE.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let mut known = CACHE.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_ENCODERS {
            return known.get(&key).cloned().flatten();
        }
        known.entry(key).or_insert_with(|| Self::compute(length, level).map(Arc::new)).clone()
    }

    fn compute(length: usize, level: QrCodeEcc) -> Option<Self> {
        let count = length / 2 * 11 + length % 2 * 6;
        let segment = |bit: Option<usize>| {
            let bits = (0..count).map(|at| Some(at) == bit).collect();
            [QrSegment::new(QrSegmentMode::Alphanumeric, length, bits)]
        };
        let code = encode_with_mask(&segment(None), level, Mask::new(0))?;
        let size = usize::try_from(code.size()).ok()?;
        let base = Grid::of(&code, size).rows;
        let mut bits = Vec::with_capacity(count * size);
        for bit in 0..count {
            let rows = Grid::of(&encode_with_mask(&segment(Some(bit)), level, Mask::new(0))?, size).rows;
            bits.extend(rows[..size].iter().zip(&base).map(|(row, base)| row ^ base));
        }
        Some(Self { size, base, bits, changes: mask_changes(&code, &segment(None), level)? })
    }

    /// Encodes a text with mask 0. `None` if a character is not alphanumeric.
    fn code(&self, text: &str) -> Option<Grid> {
        let mut rows = self.base;
        let mut at = 0;
        for pair in text.as_bytes().chunks(2) {
            let number =
                |letter: u8| Some(u32::from(ALPHANUMERIC_VALUES[usize::from(letter)])).filter(|number| *number < 45);
            let (value, width) = match pair {
                [first, second] => (number(*first)? * 45 + number(*second)?, 11),
                [last] => (number(*last)?, 6),
                _ => return None,
            };
            let mut left = value;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                let from = (at + width - 1 - bit as usize) * self.size;
                let change = &self.bits[from..from + self.size];
                rows.iter_mut().zip(change).for_each(|(row, change)| *row ^= change);
            }
            at += width;
        }
        Some(Grid { columns: transposed(rows), rows })
    }
}

fn encode_with_mask(segments: &[QrSegment], level: QrCodeEcc, mask: Mask) -> Option<QrCode> {
    QrCode::encode_segments_advanced(segments, level, Version::MIN, Version::new(MAX_VERSION), Some(mask), true).ok()
}

/// Returns the mask changes for the version and level of `code`, computed on first use.
fn mask_changes(code: &QrCode, segments: &[QrSegment], level: QrCodeEcc) -> Option<Arc<MaskChanges>> {
    static CACHE: LazyLock<RwLock<ByVersionAndLevel>> = LazyLock::new(RwLock::default);
    let key = (code.version().value(), code.error_correction_level() as u8);
    if let Some(changes) = CACHE.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Some(changes.clone());
    }
    let size = usize::try_from(code.size()).ok()?;
    let first = Grid::of(code, size);
    let mut changes = Vec::new();
    for mask in 0..8 {
        changes.push(first.masked(&Grid::of(&encode_with_mask(segments, level, Mask::new(mask))?, size)));
    }
    let changes = Arc::new(<MaskChanges>::try_from(changes).ok()?);
    CACHE.write().unwrap_or_else(PoisonError::into_inner).insert(key, changes.clone());
    Some(changes)
}

impl Grid {
    fn of(code: &QrCode, size: usize) -> Self {
        let mut rows = [0; WORD_BITS];
        for (y, row) in (0..).zip(&mut rows[..size]) {
            *row = (0..code.size()).rev().fold(0, |row, x| row << 1 | u64::from(code.get_module(x, y)));
        }
        Self { rows, columns: transposed(rows) }
    }

    fn masked(&self, change: &Self) -> Self {
        Self {
            rows: from_fn(|at| self.rows[at] ^ change.rows[at]),
            columns: from_fn(|at| self.columns[at] ^ change.columns[at]),
        }
    }
}

/// Transposes the matrix: swaps two quadrants, then the quadrants of each quadrant, down to single modules.
fn transposed(mut square: Rows) -> Rows {
    let (mut half, mut low) = (WORD_BITS / 2, u64::MAX >> (WORD_BITS / 2));
    while half > 0 {
        for at in (0..WORD_BITS).filter(|at| at & half == 0) {
            let swap = (square[at] >> half ^ square[at + half]) & low;
            square[at] ^= swap << half;
            square[at + half] ^= swap;
        }
        half /= 2;
        low ^= low << half;
    }
    square
}

/// Returns the penalty of the QR standard for long runs, blocks, finder-like patterns and imbalance of dark and light.
fn penalty(grid: &Grid, size: usize) -> u32 {
    let (rows, columns) = (&grid.rows[..size], &grid.columns[..size]);
    // Each rule is a separate simple loop over words.
    let runs = |lines: &[u64]| lines.iter().map(|line| runs(*line, size)).sum::<u32>();
    let finders =
        |lines: &[u64]| lines.iter().filter(|line| may_have_finder(**line)).map(|line| finders(*line)).sum::<u32>();
    runs(rows)
        + runs(columns)
        + 40 * (finders(rows) + finders(columns))
        + 3 * blocks(rows, size)
        + 10 * imbalance(&grid.rows, size)
}

/// Returns the bits of modules that have the same colour as the next module in the line.
fn same_as_next(line: u64, size: usize) -> u64 {
    !(line ^ (line >> 1)) & ((1 << (size - 1)) - 1)
}

/// Returns 3 for each run of five modules of one colour, plus 1 for each further module of the run.
fn runs(line: u64, size: usize) -> u32 {
    let pairs = same_as_next(line, size);
    let threes = pairs & (pairs >> 1);
    let fives = threes & (threes >> 2);
    fives.count_ones() + 2 * (fives & !(fives << 1)).count_ones()
}

/// Counts the 2×2 blocks of one colour.
fn blocks(rows: &[u64], size: usize) -> u32 {
    rows.windows(2)
        .map(|pair| (same_as_next(pair[0], size) & same_as_next(pair[1], size) & !(pair[0] ^ pair[1])).count_ones())
        .sum()
}

/// True if a line may have a finder-like pattern: 1011101, or six dark modules in a row as in a larger pattern.
fn may_have_finder(line: u64) -> bool {
    let twos = line & (line >> 1);
    let threes = !line & (twos >> 1) & (line >> 3) & !(line >> 4);
    let small = threes & (line << 1) & (line >> 5);
    (small | sixes(line)) != 0
}

/// Returns the start bits of six dark modules in a row.
fn sixes(line: u64) -> u64 {
    let twos = line & (line >> 1);
    twos & (twos >> 2) & (twos >> 4)
}

/// Counts finder-like patterns 1:1:3:1:1 at all scales, with at least four times the scale of light on one side.
fn finders(line: u64) -> u32 {
    let smallest = finders_of::<1>(line);
    if sixes(line) == 0 {
        return smallest;
    }
    // Seven times the largest scale fills a word.
    smallest
        + finders_of::<2>(line)
        + finders_of::<3>(line)
        + finders_of::<4>(line)
        + finders_of::<5>(line)
        + finders_of::<6>(line)
        + finders_of::<7>(line)
        + finders_of::<8>(line)
        + finders_of::<9>(line)
}

/// Counts the patterns at one scale. The scale is a constant, so that all loops over it are unrolled.
fn finders_of<const SCALE: usize>(line: u64) -> u32 {
    let light = spread(line, SCALE);
    let core = window(line, SCALE)
        & !right(light, SCALE)
        & right(window(line, 3 * SCALE), 2 * SCALE)
        & !right(light, 5 * SCALE)
        & right(window(line, SCALE), 6 * SCALE);
    if core == 0 {
        return 0;
    }
    let (before, long_before) = (!before_dark(line, SCALE), !before_dark(line, 4 * SCALE));
    let (after, long_after) = (!right(light, 7 * SCALE), !right(spread(line, 4 * SCALE), 7 * SCALE));
    (core & long_before & after).count_ones() + (core & long_after & before).count_ones()
}

/// Returns the start bits of `length` dark modules in a row.
#[inline]
fn window(line: u64, length: usize) -> u64 {
    (1..length).fold(line, |windows, by| windows & right(line, by))
}

/// Returns the bits with a dark module among the next `length` modules.
#[inline]
fn spread(line: u64, length: usize) -> u64 {
    (1..length).fold(line, |any, by| any | right(line, by))
}

/// Returns the bits with a dark module among the previous `length` modules.
#[inline]
fn before_dark(line: u64, length: usize) -> u64 {
    (1..=length).fold(0, |any, by| any | left(line, by))
}

#[inline]
fn right(line: u64, by: usize) -> u64 {
    if by < 64 { line >> by } else { 0 }
}

#[inline]
fn left(line: u64, by: usize) -> u64 {
    if by < 64 { line << by } else { 0 }
}

/// Returns the distance of the dark share from one half, in steps of one twentieth after the first.
fn imbalance(rows: &Rows, size: usize) -> u32 {
    let dark: u32 = rows.iter().map(|row| row.count_ones()).sum();
    let total = u32::try_from(size * size).unwrap_or(u32::MAX);
    (dark * 20).abs_diff(total * 10).div_ceil(total) - 1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, level: QrCodeEcc) {
        let expected = QrCode::encode_segments(&[QrSegment::make_alphanumeric(text)], level).unwrap();
        let (size, rows) = encode(text, level).unwrap();
        assert_eq!(size, usize::try_from(expected.size()).unwrap());
        let expected_rows = Grid::of(&expected, size).rows;
        assert_eq!(rows, expected_rows, "{text}: not mask {}", expected.mask().value());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 300 } else { 30_000 }))]

        #[test]
        fn the_mask_is_the_one_that_qrcodegen_chooses(
            text in "[0-9A-Z $%*+./:-]{1,150}", level in prop_oneof![Just(QrCodeEcc::Low), Just(QrCodeEcc::Medium), Just(QrCodeEcc::Quartile), Just(QrCodeEcc::High)]
        ) {
            check(&text, level);
        }

        #[test]
        fn a_cached_encoder_gives_the_same_code(
            long in "[0-9A-Z $%*+./:-]{129}", odd in "[0-9A-Z $%*+./:-]{31}", level in prop_oneof![Just(QrCodeEcc::Medium), Just(QrCodeEcc::Quartile), Just(QrCodeEcc::High)]
        ) {
            for text in [long, odd] {
                let encoder = cached_encoder(text.len(), level);
                let expected = encode_with_mask(&[QrSegment::make_alphanumeric(&text)], level, Mask::new(0)).unwrap();
                let expected = Grid::of(&expected, encoder.size);
                let ours = encoder.code(&text).unwrap();
                prop_assert_eq!((ours.rows, ours.columns), (expected.rows, expected.columns));
            }
        }

        #[test]
        fn the_mask_is_also_right_for_texts_with_long_runs(text in "(0|00000000|A|AAAAAAAAAAAA){1,20}") {
            check(&text, QrCodeEcc::Low);
        }
    }

    fn cached_encoder(length: usize, level: QrCodeEcc) -> Arc<Encoder> {
        type Cache = Vec<((usize, u8), Arc<Encoder>)>;
        static CACHE: RwLock<Cache> = RwLock::new(Vec::new());
        let key = (length, level as u8);
        let known = CACHE.read().unwrap().iter().find(|(known, _)| *known == key).map(|(_, encoder)| encoder.clone());
        known.unwrap_or_else(|| {
            let encoder = Arc::new(Encoder::compute(length, level).unwrap());
            CACHE.write().unwrap().push((key, encoder.clone()));
            encoder
        })
    }

    #[test]
    fn a_character_that_is_not_alphanumeric_is_refused() {
        assert!(cached_encoder(31, QrCodeEcc::Medium).code(&"a".repeat(31)).is_none());
    }

    /// The expected numbers are those of `qrcodegen`.
    #[test]
    fn finders_are_found_at_every_scale_and_at_the_edges() {
        let line = |text: &str| text.bytes().zip(0..).map(|(c, at)| u64::from(c == b'#') << at).sum::<u64>();
        assert_eq!(finders(line("#.###.#")), 2, "both sides of a line are light");
        assert_eq!(finders(line("....#.###.#.#")), 1);
        assert_eq!(finders(line("..#..#.###.#.#")), 0);
        assert_eq!(finders(line("##..######..##")), 2);
        assert_eq!(finders(line("#.#.###.#....#")), 1);
        assert_eq!(finders(line("###...#########...###")), 2);
    }
}
