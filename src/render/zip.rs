//! ZIP archives, written from front to back: files as they are, and in the end a directory of them. Nothing of an archive is kept
//! here: whoever writes one keeps the records of its directory, so that it can be gone on with elsewhere.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// What is known of a file before its bytes.
#[derive(Debug, Clone, Copy)]
pub struct ZipEntry<'a> {
    pub name: &'a str,
    pub bytes: u64,
    pub crc: u32,
    pub at: Timestamp,
}

/// Sizes and places beyond this do not fit where they stood first, and follow in a field of their own (Zip64).
const MOST: u64 = 0xFFFF_FFFF;
const MANY: u64 = 0xFFFF;
const ZIP64: u16 = 1;
/// Names are UTF-8.
const FLAGS: u16 = 1 << 11;
/// What a reader has to understand: folders, or Zip64.
const PLAIN_VERSION: u16 = 20;
const ZIP64_VERSION: u16 = 45;
/// Made on a Unix, so that the mode below means something.
const MADE_BY: u16 = 3 << 8 | ZIP64_VERSION;
const MODE: u32 = 0o100_644 << 16;

/// The check sum of what stands in an archive.
#[derive(Default)]
pub struct Crc(libdeflater::Crc);

impl Crc {
    /// Goes on with these bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Of all so far.
    pub fn sum(&self) -> u32 {
        self.0.sum()
    }

    /// Of these alone.
    pub fn of(bytes: &[u8]) -> u32 {
        libdeflater::crc32(bytes)
    }
}

impl ZipEntry<'_> {
    /// Writes what stands before the file's bytes, which lie `at` in the archive, and its record in the directory.
    pub fn begin(&self, out: &mut Vec<u8>, directory: &mut Vec<u8>, at: u64) {
        let large = self.bytes >= MOST;
        let version = if large { ZIP64_VERSION } else { PLAIN_VERSION };
        let sizes = if large { [u32::MAX; 2] } else { [small(self.bytes); 2] };
        let mut extra = Vec::new();
        if large {
            put_zip64(&mut extra, &[self.bytes, self.bytes]);
        }
        put32(out, 0x0403_4B50);
        put16(out, version);
        self.describe(out, sizes, &extra);
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);

        let far = at >= MOST;
        let mut extra = Vec::new();
        match (large, far) {
            (true, true) => put_zip64(&mut extra, &[self.bytes, self.bytes, at]),
            (true, false) => put_zip64(&mut extra, &[self.bytes, self.bytes]),
            (false, true) => put_zip64(&mut extra, &[at]),
            (false, false) => {}
        }
        put32(directory, 0x0201_4B50);
        put16(directory, MADE_BY);
        put16(directory, if large || far { ZIP64_VERSION } else { PLAIN_VERSION });
        self.describe(directory, sizes, &extra);
        for nothing in [0; 3] {
            put16(directory, nothing); // comment, disk, kind of text
        }
        put32(directory, MODE);
        put32(directory, if far { u32::MAX } else { small(at) });
        directory.extend_from_slice(self.name.as_bytes());
        directory.extend_from_slice(&extra);
    }

    /// What both of its headers say.
    fn describe(&self, out: &mut Vec<u8>, sizes: [u32; 2], extra: &[u8]) {
        put16(out, FLAGS);
        put16(out, 0); // stored as it is
        let (time, date) = dos_time(self.at);
        put16(out, time);
        put16(out, date);
        put32(out, self.crc);
        for size in sizes {
            put32(out, size);
        }
        put16(out, u16::try_from(self.name.len()).expect("names are short"));
        put16(out, u16::try_from(extra.len()).expect("a few numbers"));
    }
}

/// Writes what stands behind the directory: `at` it begins, so many bytes it has, and so many entries.
pub fn end_zip(out: &mut Vec<u8>, at: u64, bytes: u64, entries: u64) {
    if at >= MOST || bytes >= MOST || entries >= MANY {
        put32(out, 0x0606_4B50);
        put64(out, 44); // the rest of this record
        put16(out, MADE_BY);
        put16(out, ZIP64_VERSION);
        put32(out, 0);
        put32(out, 0);
        for number in [entries, entries, bytes, at] {
            put64(out, number);
        }
        put32(out, 0x0706_4B50);
        put32(out, 0);
        put64(out, at + bytes);
        put32(out, 1);
    }
    put32(out, 0x0605_4B50);
    put32(out, 0);
    let count = u16::try_from(entries.min(MANY)).expect("no more");
    put16(out, count);
    put16(out, count);
    put32(out, small(bytes));
    put32(out, small(at));
    put16(out, 0);
}

fn small(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn put16(out: &mut Vec<u8>, number: u16) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put32(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put64(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_zip64(out: &mut Vec<u8>, numbers: &[u64]) {
    put16(out, ZIP64);
    put16(out, u16::try_from(numbers.len() * 8).expect("three at most"));
    for number in numbers {
        put64(out, *number);
    }
}

/// Time and date as DOS has them: since 1980, in steps of two seconds.
fn dos_time(at: Timestamp) -> (u16, u16) {
    let at: DateTime = at.to_zoned(TimeZone::UTC).datetime();
    let part = |number: i8| u16::from(number.unsigned_abs());
    let year = u16::try_from(at.year() - 1980).unwrap_or(0).min(127);
    let date = year << 9 | part(at.month()) << 5 | part(at.day());
    let time = part(at.hour()) << 11 | part(at.minute()) << 5 | (part(at.second()) / 2);
    (time, date)
}

/// The longest name of a person in a file's name, in bytes.
const MAX_NAME: usize = 80;

/// A person's name as a part of a file's name that every system takes: letters of every script, digits, and little else.
pub fn file_name_of(person: &str) -> String {
    let mut name = String::new();
    for c in person.chars() {
        let kept = match c {
            c if c.is_alphanumeric() => c,
            '-' | '.' | '\'' | '’' => c,
            // Marks belong to the letter before them; what cannot be seen does not belong into a name.
            c if unicode_normalization::char::is_combining_mark(c) => c,
            c if c.is_whitespace() => ' ',
            c if c.is_control()
                || matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}') =>
            {
                continue;
            }
            _ => '_',
        };
        if kept == ' ' && name.ends_with(' ') {
            continue;
        }
        if name.len() + kept.len_utf8() > MAX_NAME {
            break;
        }
        name.push(kept);
    }
    name.trim_matches([' ', '.', '_']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_still_names() {
        assert_eq!(file_name_of("Ada Lovelace"), "Ada Lovelace");
        assert_eq!(
            file_name_of("../../etc/passwd"),
            "_.._etc_passwd".trim_matches('_').trim_matches('.').trim_matches('_')
        );
        assert_eq!(file_name_of("محمد عبد الله"), "محمد عبد الله");
        assert_eq!(file_name_of("陳大文"), "陳大文");
        assert_eq!(file_name_of("a\u{202E}b\u{0}c\nd"), "abc d");
        assert_eq!(file_name_of("CON:|<>?*\"\\"), "CON");
        assert!(file_name_of(&"ö".repeat(500)).len() <= MAX_NAME);
        assert_eq!(file_name_of("🎉"), "");
    }

    #[test]
    fn beyond_four_gigabytes_there_is_zip64() {
        let entry = ZipEntry { name: "a.pdf", bytes: 5, crc: 7, at: Timestamp::UNIX_EPOCH };
        let (mut near, mut far) = (Vec::new(), Vec::new());
        entry.begin(&mut Vec::new(), &mut near, MOST - 1);
        entry.begin(&mut Vec::new(), &mut far, MOST + 10);
        assert_eq!(far.len() - near.len(), 12, "the place, and what it is");
        assert!(far.ends_with(&(MOST + 10).to_le_bytes()));
        let (mut few, mut many) = (Vec::new(), Vec::new());
        end_zip(&mut few, 100, 50, 3);
        end_zip(&mut many, 100, 50, 70_000);
        assert_eq!((few.len(), many.len()), (22, 22 + 56 + 20));
        assert_eq!(many[32..40], 70_000_u64.to_le_bytes());
    }
}
