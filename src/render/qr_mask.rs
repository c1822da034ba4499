//! The best of the eight masks of a QR code, chosen as `qrcodegen` chooses it, on machine words instead of modules.
//!
//! A masked code is the code under another mask, XOR a pattern that only version and level decide (format bits included). So
//! a code is encoded once, and what the other masks make of it is compared row by row: 64 modules at a time.

use std::{
    array::from_fn,
    collections::HashMap,
    sync::{Arc, LazyLock, PoisonError, RwLock},
};

use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

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
    let segments = [QrSegment::make_alphanumeric(text)];
    let code = under(&segments, level, Mask::new(0))?;
    let size = usize::try_from(code.size()).ok()?;
    let changes = changes_of(&code, &segments, level)?;
    let first = Grid::of(&code, size);
    // The first of the best, as the library has it.
    let best = changes.iter().min_by_key(|change| penalty(&first.masked(change), size))?;
    Some((size, first.masked(best).rows))
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
        fn also_where_modules_lie_in_long_runs(text in "(0|00000000|A|AAAAAAAAAAAA){1,20}") {
            check(&text, QrCodeEcc::Low);
        }
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
