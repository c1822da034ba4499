//! The best of the eight masks of a QR code, chosen as `qrcodegen` chooses it, on machine words instead of modules.
//!
//! A code is XOR of what its bits change, and a masked code is the code XOR a pattern that only version and level decide
//! (format bits included). So what the masks make of a code is compared row by row: 64 modules at a time.

use std::{
    array::from_fn,
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, QrSegmentMode, Version};

/// Modules of a row fit a word up to this version: 61 of them.
const MOST: u8 = 11;
const WORD: usize = 64;

/// Rows of modules, the leftmost in the lowest bit. What lies outside of the code is light.
pub(super) type Rows = [u64; WORD];

/// Modules of a code, by rows and by columns.
#[derive(Clone)]
struct Grid {
    rows: Rows,
    columns: Rows,
}

/// What each mask changes of a code under the first one.
type Changes = [Grid; 8];
type ByVersionAndLevel = HashMap<(u8, u8), Arc<Changes>>;

/// A finished code: how many modules wide it is, and its rows.
pub(super) fn encode(text: &str, level: QrCodeEcc) -> Option<(usize, Rows)> {
    let (size, first, changes) = match Pattern::of(text.len(), level) {
        Some(pattern) => (pattern.size, pattern.code(text)?, pattern.changes.clone()),
        None => {
            let segments = [QrSegment::make_alphanumeric(text)];
            let code = under(&segments, level, Mask::new(0))?;
            let size = usize::try_from(code.size()).ok()?;
            (size, Grid::of(&code, size), changes_of(&code, &segments, level)?)
        }
    };
    // The first of the best, as the library has it.
    let best = changes.iter().min_by_key(|change| penalty(&first.masked(change), size))?;
    Some((size, first.masked(best).rows))
}

/// Codes of one length and level. Error correction and the way through the modules are linear: a code is the code of
/// no bit at all, XOR for each bit of the text what that bit changes. Both are learnt from the library.
struct Pattern {
    size: usize,
    zero: Rows,
    /// For each bit of the text, the rows it changes, one after the other.
    bits: Vec<u64>,
    changes: Arc<Changes>,
}

/// Lengths and levels that are learnt, some hundred kilobytes each. Tickets have one length; all others come seldom.
const MAX_PATTERNS: usize = 8;
const LETTERS: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
/// By letter its number, or 255.
const NUMBERS: [u8; 256] = {
    let mut numbers = [u8::MAX; 256];
    let mut number = 0;
    while number < 45 {
        numbers[LETTERS[number as usize] as usize] = number;
        number += 1;
    }
    numbers
};

impl Pattern {
    fn of(length: usize, level: QrCodeEcc) -> Option<Arc<Self>> {
        type Known = HashMap<(usize, u8), Option<Arc<Pattern>>>;
        static KNOWN: LazyLock<RwLock<Known>> = LazyLock::new(RwLock::default);
        let key = (length, level as u8);
        if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MAX_PATTERNS {
            return known.get(&key).cloned().flatten();
        }
        known.entry(key).or_insert_with(|| Self::learn(length, level).map(Arc::new)).clone()
    }

    fn learn(length: usize, level: QrCodeEcc) -> Option<Self> {
        let count = length / 2 * 11 + length % 2 * 6;
        let segment = |bit: Option<usize>| {
            let bits = (0..count).map(|at| Some(at) == bit).collect();
            [QrSegment::new(QrSegmentMode::Alphanumeric, length, bits)]
        };
        let code = under(&segment(None), level, Mask::new(0))?;
        let size = usize::try_from(code.size()).ok()?;
        let zero = Grid::of(&code, size).rows;
        let mut bits = Vec::with_capacity(count * size);
        for bit in 0..count {
            let rows = Grid::of(&under(&segment(Some(bit)), level, Mask::new(0))?, size).rows;
            bits.extend(rows[..size].iter().zip(&zero).map(|(row, zero)| row ^ zero));
        }
        Some(Self { size, zero, bits, changes: changes_of(&code, &segment(None), level)? })
    }

    /// The code of a text under the first mask. `None`: a letter has no number.
    fn code(&self, text: &str) -> Option<Grid> {
        let mut rows = self.zero;
        let mut at = 0;
        for pair in text.as_bytes().chunks(2) {
            let number = |letter: u8| Some(u32::from(NUMBERS[usize::from(letter)])).filter(|number| *number < 45);
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

fn under(segments: &[QrSegment], level: QrCodeEcc, mask: Mask) -> Option<QrCode> {
    QrCode::encode_segments_advanced(segments, level, Version::MIN, Version::new(MOST), Some(mask), true).ok()
}

/// The changes for this version and level: learnt from the first code that has them.
fn changes_of(code: &QrCode, segments: &[QrSegment], level: QrCodeEcc) -> Option<Arc<Changes>> {
    static KNOWN: LazyLock<RwLock<ByVersionAndLevel>> = LazyLock::new(RwLock::default);
    let key = (code.version().value(), code.error_correction_level() as u8);
    if let Some(changes) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Some(changes.clone());
    }
    let size = usize::try_from(code.size()).ok()?;
    let first = Grid::of(code, size);
    let mut changes = Vec::new();
    for mask in 0..8 {
        changes.push(first.masked(&Grid::of(&under(segments, level, Mask::new(mask))?, size)));
    }
    let changes = Arc::new(<Changes>::try_from(changes).ok()?);
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(key, changes.clone());
    Some(changes)
}

impl Grid {
    fn of(code: &QrCode, size: usize) -> Self {
        let mut rows = [0; WORD];
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

/// Rows become columns: quarters change places, and in each of them its own quarters do, down to single modules.
fn transposed(mut square: Rows) -> Rows {
    let (mut half, mut low) = (WORD / 2, u64::MAX >> (WORD / 2));
    while half > 0 {
        for at in (0..WORD).filter(|at| at & half == 0) {
            let swap = (square[at] >> half ^ square[at + half]) & low;
            square[at] ^= swap << half;
            square[at + half] ^= swap;
        }
        half /= 2;
        low ^= low << half;
    }
    square
}

/// What the standard holds against a code: long runs, blocks, what looks like a finder, and too much of one colour.
fn penalty(grid: &Grid, size: usize) -> u32 {
    let (rows, columns) = (&grid.rows[..size], &grid.columns[..size]);
    // One rule after the other, so that each is a plain loop over words.
    let runs = |lines: &[u64]| lines.iter().map(|line| runs(*line, size)).sum::<u32>();
    let finders =
        |lines: &[u64]| lines.iter().filter(|line| may_have_finder(**line)).map(|line| finders(*line)).sum::<u32>();
    runs(rows)
        + runs(columns)
        + 40 * (finders(rows) + finders(columns))
        + 3 * blocks(rows, size)
        + 10 * imbalance(&grid.rows, size)
}

/// Bit by bit: whether a module has the colour of the next one in its line.
fn same_as_next(line: u64, size: usize) -> u64 {
    !(line ^ (line >> 1)) & ((1 << (size - 1)) - 1)
}

/// Three for each run of five of one colour, and one for each further module.
fn runs(line: u64, size: usize) -> u32 {
    let pairs = same_as_next(line, size);
    let threes = pairs & (pairs >> 1);
    let fives = threes & (threes >> 2);
    fives.count_ones() + 2 * (fives & !(fives << 1)).count_ones()
}

/// Squares of four modules of one colour.
fn blocks(rows: &[u64], size: usize) -> u32 {
    rows.windows(2)
        .map(|pair| (same_as_next(pair[0], size) & same_as_next(pair[1], size) & !(pair[0] ^ pair[1])).count_ones())
        .sum()
}

/// Whether there is anything in a line that could be a finder: 1011101, or the six dark ones of a larger one.
fn may_have_finder(line: u64) -> bool {
    let twos = line & (line >> 1);
    let threes = !line & (twos >> 1) & (line >> 3) & !(line >> 4);
    let small = threes & (line << 1) & (line >> 5);
    (small | sixes(line)) != 0
}

fn sixes(line: u64) -> u64 {
    let twos = line & (line >> 1);
    twos & (twos >> 2) & (twos >> 4)
}

/// How often dark and light lie 1:1:3:1:1 as in a finder, at any scale, with four times as much light beside it.
fn finders(line: u64) -> u32 {
    let larger = if sixes(line) == 0 { 1 } else { WORD / 7 };
    (1..=larger).map(|scale| finders_of(line, scale)).sum()
}

#[inline]
fn finders_of(line: u64, scale: usize) -> u32 {
    let light = spread(line, scale);
    let core = window(line, scale)
        & !right(light, scale)
        & right(window(line, 3 * scale), 2 * scale)
        & !right(light, 5 * scale)
        & right(window(line, scale), 6 * scale);
    if core == 0 {
        return 0;
    }
    let (before, long_before) = (!before_dark(line, scale), !before_dark(line, 4 * scale));
    let (after, long_after) = (!right(light, 7 * scale), !right(spread(line, 4 * scale), 7 * scale));
    (core & long_before & after).count_ones() + (core & long_after & before).count_ones()
}

/// Where `length` dark modules in a row begin.
fn window(line: u64, length: usize) -> u64 {
    (1..length).fold(line, |windows, by| windows & right(line, by))
}

/// Where there is something dark among the next `length` modules.
fn spread(line: u64, length: usize) -> u64 {
    (1..length).fold(line, |any, by| any | right(line, by))
}

/// Where there is something dark among the `length` modules before.
fn before_dark(line: u64, length: usize) -> u64 {
    (1..=length).fold(0, |any, by| any | left(line, by))
}

fn right(line: u64, by: usize) -> u64 {
    if by < 64 { line >> by } else { 0 }
}

fn left(line: u64, by: usize) -> u64 {
    if by < 64 { line << by } else { 0 }
}

/// How many twentieths the share of dark modules is away from a half, beyond the first.
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
        let theirs = QrCode::encode_segments(&[QrSegment::make_alphanumeric(text)], level).unwrap();
        let (size, rows) = encode(text, level).unwrap();
        assert_eq!(size, usize::try_from(theirs.size()).unwrap());
        let their_rows = Grid::of(&theirs, size).rows;
        assert_eq!(rows, their_rows, "{text}: another mask than {}", theirs.mask().value());
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
        fn a_learnt_pattern_gives_the_same_code(
            long in "[0-9A-Z $%*+./:-]{129}", odd in "[0-9A-Z $%*+./:-]{31}", level in prop_oneof![Just(QrCodeEcc::Medium), Just(QrCodeEcc::Quartile), Just(QrCodeEcc::High)]
        ) {
            for text in [long, odd] {
                let pattern = learnt(text.len(), level);
                let theirs = under(&[QrSegment::make_alphanumeric(&text)], level, Mask::new(0)).unwrap();
                let theirs = Grid::of(&theirs, pattern.size);
                let ours = pattern.code(&text).unwrap();
                prop_assert_eq!((ours.rows, ours.columns), (theirs.rows, theirs.columns));
            }
        }

        #[test]
        fn also_where_modules_lie_in_long_runs(text in "(0|00000000|A|AAAAAAAAAAAA){1,20}") {
            check(&text, QrCodeEcc::Low);
        }
    }

    fn learnt(length: usize, level: QrCodeEcc) -> Arc<Pattern> {
        type Learnt = Vec<((usize, u8), Arc<Pattern>)>;
        static LEARNT: RwLock<Learnt> = RwLock::new(Vec::new());
        let key = (length, level as u8);
        let known = LEARNT.read().unwrap().iter().find(|(known, _)| *known == key).map(|(_, pattern)| pattern.clone());
        known.unwrap_or_else(|| {
            let pattern = Arc::new(Pattern::learn(length, level).unwrap());
            LEARNT.write().unwrap().push((key, pattern.clone()));
            pattern
        })
    }

    #[test]
    fn a_letter_without_a_number_is_refused() {
        assert!(learnt(31, QrCodeEcc::Medium).code(&"a".repeat(31)).is_none());
    }

    /// What `qrcodegen` counts in one line, at every scale.
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
