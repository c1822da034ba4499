//! Writes ZIP archives sequentially: uncompressed files, then the central directory. The module keeps no state: the
//! caller keeps the directory records, so another process can continue an archive.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};

/// A file of an archive.
#[derive(Debug, Clone, Copy)]
pub struct ZipEntry<'a> {
    pub name: &'a str,
    pub bytes: u64,
    pub crc: u32,
    pub at: Timestamp,
}

/// Sizes and offsets from this value on are written into a Zip64 field.
const ZIP64_FROM_BYTES: u64 = 0xFFFF_FFFF;
/// Archives with this number of entries or more need a Zip64 record.
const ZIP64_FROM_ENTRIES: u64 = 0xFFFF;
/// Id of the Zip64 extra field.
const ZIP64_FIELD: u16 = 1;
/// Flag for UTF-8 file names.
const FLAGS: u16 = 1 << 11;
// ZIP version that a reader must support: 2.0, or 4.5 for Zip64.
const PLAIN_VERSION: u16 = 20;
const ZIP64_VERSION: u16 = 45;
/// Made on Unix, so that readers use [`MODE`].
const MADE_BY: u16 = 3 << 8 | ZIP64_VERSION;
const MODE: u32 = 0o100_644 << 16;

/// CRC-32 checksum of a file.
#[derive(Default)]
pub struct Crc(libdeflater::Crc);

impl Crc {
    /// Adds bytes to the checksum.
    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the checksum of all bytes so far.
    pub fn sum(&self) -> u32 {
        self.0.sum()
    }

    /// Returns the checksum of `bytes`.
    pub fn of(bytes: &[u8]) -> u32 {
        libdeflater::crc32(bytes)
    }
}

impl ZipEntry<'_> {
    /// Writes the local header to `out` and the directory record to `directory`. `offset` is the position of the local
    /// header in the archive.
    pub fn begin(&self, out: &mut Vec<u8>, directory: &mut Vec<u8>, offset: u64) {
        let is_large = self.bytes >= ZIP64_FROM_BYTES;
        let version = if is_large { ZIP64_VERSION } else { PLAIN_VERSION };
        let sizes = if is_large { [u32::MAX; 2] } else { [clamp_to_u32(self.bytes); 2] };
        let mut extra = Vec::new();
        if is_large {
            put_zip64(&mut extra, &[self.bytes, self.bytes]);
        }
        put32(out, 0x0403_4B50);
        put16(out, version);
        self.put_common_fields(out, sizes, &extra);
        out.extend_from_slice(self.name.as_bytes());
        out.extend_from_slice(&extra);

        let is_far = offset >= ZIP64_FROM_BYTES;
        let mut extra = Vec::new();
        match (is_large, is_far) {
            (true, true) => put_zip64(&mut extra, &[self.bytes, self.bytes, offset]),
            (true, false) => put_zip64(&mut extra, &[self.bytes, self.bytes]),
            (false, true) => put_zip64(&mut extra, &[offset]),
            (false, false) => {}
        }
        put32(directory, 0x0201_4B50);
        put16(directory, MADE_BY);
        put16(directory, if is_large || is_far { ZIP64_VERSION } else { PLAIN_VERSION });
        self.put_common_fields(directory, sizes, &extra);
        for zero in [0; 3] {
            put16(directory, zero); // comment length, disk number, internal attributes
        }
        put32(directory, MODE);
        put32(directory, if is_far { u32::MAX } else { clamp_to_u32(offset) });
        directory.extend_from_slice(self.name.as_bytes());
        directory.extend_from_slice(&extra);
    }

    /// Writes the fields that are common to the local header and the directory record.
    fn put_common_fields(&self, out: &mut Vec<u8>, sizes: [u32; 2], extra: &[u8]) {
        put16(out, FLAGS);
        put16(out, 0); // method: stored
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

/// Writes the end of the central directory, which begins at `offset` and has `bytes` bytes and `entries` entries.
pub fn write_zip_end(out: &mut Vec<u8>, offset: u64, bytes: u64, entries: u64) {
    if offset >= ZIP64_FROM_BYTES || bytes >= ZIP64_FROM_BYTES || entries >= ZIP64_FROM_ENTRIES {
        put32(out, 0x0606_4B50);
        put64(out, 44); // size of the rest of this record
        put16(out, MADE_BY);
        put16(out, ZIP64_VERSION);
        put32(out, 0);
        put32(out, 0);
        for number in [entries, entries, bytes, offset] {
            put64(out, number);
        }
        put32(out, 0x0706_4B50);
        put32(out, 0);
        put64(out, offset + bytes);
        put32(out, 1);
    }
    put32(out, 0x0605_4B50);
    put32(out, 0);
    let count = u16::try_from(entries.min(ZIP64_FROM_ENTRIES)).expect("no more");
    put16(out, count);
    put16(out, count);
    put32(out, clamp_to_u32(bytes));
    put32(out, clamp_to_u32(offset));
    put16(out, 0);
}

fn clamp_to_u32(number: u64) -> u32 {
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
    put16(out, ZIP64_FIELD);
    put16(out, u16::try_from(numbers.len() * 8).expect("three at most"));
    for number in numbers {
        put64(out, *number);
    }
}

/// Returns time and date in DOS format: since 1980, in steps of two seconds.
fn dos_time(at: Timestamp) -> (u16, u16) {
    let at: DateTime = at.to_zoned(TimeZone::UTC).datetime();
    let part = |number: i8| u16::from(number.unsigned_abs());
    let year = u16::try_from(at.year() - 1980).unwrap_or(0).min(127);
    let date = year << 9 | part(at.month()) << 5 | part(at.day());
    let time = part(at.hour()) << 11 | part(at.minute()) << 5 | (part(at.second()) / 2);
    (time, date)
}

/// Size limit of a person's name in a file name, in bytes.
const MAX_NAME: usize = 80;

/// Converts a person's name into a part of a file name that is valid on all systems: letters of all scripts, digits and
/// some punctuation.
pub fn file_name_from_person(person: &str) -> String {
    let mut name = String::new();
    for c in person.chars() {
        let kept = match c {
            c if c.is_alphanumeric() => c,
            '-' | '.' | '\'' | '’' => c,
            // Combining marks are kept; invisible characters are dropped.
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
        assert_eq!(file_name_from_person("Ada Lovelace"), "Ada Lovelace");
        assert_eq!(
            file_name_from_person("../../etc/passwd"),
            "_.._etc_passwd".trim_matches('_').trim_matches('.').trim_matches('_')
        );
        assert_eq!(file_name_from_person("محمد عبد الله"), "محمد عبد الله");
        assert_eq!(file_name_from_person("陳大文"), "陳大文");
        assert_eq!(file_name_from_person("a\u{202E}b\u{0}c\nd"), "abc d");
        assert_eq!(file_name_from_person("CON:|<>?*\"\\"), "CON");
        assert!(file_name_from_person(&"ö".repeat(500)).len() <= MAX_NAME);
        assert_eq!(file_name_from_person("🎉"), "");
    }

    #[test]
    fn beyond_four_gigabytes_there_is_zip64() {
        let entry = ZipEntry { name: "a.pdf", bytes: 5, crc: 7, at: Timestamp::UNIX_EPOCH };
        let (mut near, mut far) = (Vec::new(), Vec::new());
        entry.begin(&mut Vec::new(), &mut near, ZIP64_FROM_BYTES - 1);
        entry.begin(&mut Vec::new(), &mut far, ZIP64_FROM_BYTES + 10);
        assert_eq!(far.len() - near.len(), 12, "the offset and the header of the Zip64 field");
        assert!(far.ends_with(&(ZIP64_FROM_BYTES + 10).to_le_bytes()));
        let (mut few, mut many) = (Vec::new(), Vec::new());
        write_zip_end(&mut few, 100, 50, 3);
        write_zip_end(&mut many, 100, 50, 70_000);
        assert_eq!((few.len(), many.len()), (22, 22 + 56 + 20));
        assert_eq!(many[32..40], 70_000_u64.to_le_bytes());
    }
}
