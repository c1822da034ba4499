//! Sequential PDF writer: objects are written out at once, and only their offsets stay in memory.

use std::io::{self, Write};

use pdf_writer::{Chunk, Ref, Settings};

const SETTINGS: Settings = Settings { pretty: false };
/// File header. The second line marks the file as binary.
const HEADER: &[u8] = b"%PDF-1.7\n%\x80\x80\x80\x80\n";
/// Buffer size in bytes at which objects are written out.
const FLUSH_BYTES: usize = 64 * 1024;

/// Writer of a PDF file to `out`.
pub struct PdfWriter<W> {
    out: W,
    /// Bytes written to `out`.
    written: u64,
    buffer: Chunk,
    /// Offset of each object; 0 if not written.
    offsets: Vec<u64>,
    next: i32,
}

/// Beginning that many files share, as bytes.
pub struct Prefix {
    bytes: Vec<u8>,
    offsets: Vec<u64>,
    next: i32,
    /// Xref table entries of these objects.
    entries: Vec<u8>,
}

impl Prefix {
    /// Returns the length in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// Returns the bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl PdfWriter<Vec<u8>> {
    /// Creates an empty file. Object numbers up to `reserved` are not allocated.
    pub fn new(reserved: i32) -> Self {
        let (out, next) = (HEADER.to_vec(), reserved + 1);
        Self {
            written: out.len() as u64,
            out,
            buffer: Chunk::with_settings(SETTINGS),
            offsets: vec![0; index(next)],
            next,
        }
    }

    /// Returns the content so far as a prefix of other files.
    pub fn into_prefix(mut self) -> Prefix {
        self.flush().expect("writing to memory does not fail");
        let mut entries = Vec::with_capacity(self.offsets.len() * ENTRY_BYTES);
        self.offsets.iter().for_each(|offset| entries.extend(entry(*offset)));
        Prefix { bytes: self.out, offsets: self.offsets, next: self.next, entries }
    }
}

impl<W: Write> PdfWriter<W> {
    /// Creates a file that begins with `prefix`.
    pub fn begin(mut out: W, prefix: &Prefix) -> io::Result<Self> {
        out.write_all(&prefix.bytes)?;
        Ok(Self {
            out,
            written: prefix.bytes.len() as u64,
            buffer: Chunk::with_settings_and_capacity(SETTINGS, 8 * 1024),
            offsets: prefix.offsets.clone(),
            next: prefix.next,
        })
    }

    /// Allocates an object number.
    pub fn allocate(&mut self) -> Ref {
        self.allocate_many(1)
    }

    /// Allocates `count` consecutive object numbers and returns the first.
    pub fn allocate_many(&mut self, count: i32) -> Ref {
        let first = Ref::new(self.next);
        self.next += count;
        self.offsets.resize(index(self.next), 0);
        first
    }

    /// Records the offset of this object and returns the buffer, to write the object now.
    pub fn object(&mut self, id: Ref) -> &mut Chunk {
        self.offsets[index(id.get())] = self.written + self.buffer.len() as u64;
        &mut self.buffer
    }

    /// Appends objects that were written to another chunk; `starts` holds the offset of each object in it.
    pub fn append(&mut self, chunk: &Chunk, starts: &[(Ref, usize)]) {
        let before = self.written + self.buffer.len() as u64;
        for (id, start) in starts {
            self.offsets[index(id.get())] = before + *start as u64;
        }
        self.buffer.extend(chunk);
    }

    /// Writes out the buffer if it is full.
    pub fn flush_if_full(&mut self) -> io::Result<()> {
        if self.buffer.len() >= FLUSH_BYTES { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.write_all(self.buffer.as_bytes())?;
        self.written += self.buffer.len() as u64;
        self.buffer = Chunk::with_settings(SETTINGS);
        Ok(())
    }

    /// Writes the xref table and the trailer, and returns the output. `shared` is the prefix of the file.
    pub fn finish(mut self, shared: &Prefix, catalog: Ref, info: Ref, id: [u8; 16]) -> io::Result<W> {
        self.flush()?;
        if self.written > MAX_BYTES {
            return Err(io::Error::other("the PDF is larger than ten gigabytes"));
        }
        let mut tail = Vec::with_capacity(self.offsets.len().min(FLUSH_BYTES / ENTRY_BYTES) * ENTRY_BYTES + 256);
        write!(tail, "xref\n0 {}\n", self.next)?;
        tail.extend(b"0000000000 65535 f \n");
        // Objects of the prefix keep their offsets; numbers that the prefix only reserved were written later.
        let known = shared.offsets.len();
        let mut from = 1;
        for at in 1..=known {
            if at == known || shared.offsets[at] == 0 {
                tail.extend(&shared.entries[from * ENTRY_BYTES..at * ENTRY_BYTES]);
                if at < known {
                    tail.extend(entry(self.offsets[at]));
                }
                from = at + 1;
            }
        }
        for offset in &self.offsets[known..] {
            tail.extend(entry(*offset));
            if tail.len() >= FLUSH_BYTES {
                self.out.write_all(&tail)?;
                tail.clear();
            }
        }
        let id: String = id.iter().map(|byte| format!("{byte:02X}")).collect();
        write!(
            tail,
            "trailer\n<</Size {}/Root {} 0 R/Info {} 0 R/ID[<{id}><{id}>]>>\nstartxref\n{}\n%%EOF\n",
            self.next,
            catalog.get(),
            info.get(),
            self.written
        )?;
        self.out.write_all(&tail)?;
        Ok(self.out)
    }
}

/// Size limit of a file: an xref entry has ten digits for an offset.
const MAX_BYTES: u64 = 9_999_999_999;
/// Size of an xref entry, in bytes.
const ENTRY_BYTES: usize = 20;

/// Formats an xref entry, such as `0000012345 00000 n` with space and line feed. An unwritten object is a free entry.
fn entry(offset: u64) -> [u8; ENTRY_BYTES] {
    if offset == 0 {
        return *b"0000000000 65535 f \n";
    }
    let mut entry = *b"0000000000 00000 n \n";
    let mut rest = offset;
    for digit in entry[..10].iter_mut().rev() {
        *digit = b'0' + (rest % 10) as u8;
        rest /= 10;
    }
    entry
}

fn index(number: i32) -> usize {
    usize::try_from(number).expect("object numbers are positive")
}
