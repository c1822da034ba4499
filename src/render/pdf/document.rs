//! A document written from front to back: its objects go out as they come, only their places are remembered.

use std::io::{self, Write};

use pdf_writer::{Chunk, Ref, Settings};

const SETTINGS: Settings = Settings { pretty: false };
/// The second line says that the file is not text.
const HEADER: &[u8] = b"%PDF-1.7\n%\x80\x80\x80\x80\n";
/// Objects are handed on when this much of them has gathered.
const GATHERED: usize = 64 * 1024;

/// A document being written to `out`.
pub struct Document<W> {
    out: W,
    /// Bytes that `out` has.
    written: u64,
    gathered: Chunk,
    /// Where each object begins; 0: not written.
    offsets: Vec<u64>,
    next: i32,
}

/// The beginning that many documents share, as bytes.
pub struct Prefix {
    bytes: Vec<u8>,
    offsets: Vec<u64>,
    next: i32,
    /// How an xref table lists these objects.
    entries: Vec<u8>,
}

impl Prefix {
    /// How many bytes it has.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Document<Vec<u8>> {
    /// An empty document whose object numbers up to `reserved` are spoken for.
    pub fn new(reserved: i32) -> Self {
        let (out, next) = (HEADER.to_vec(), reserved + 1);
        Self {
            written: out.len() as u64,
            out,
            gathered: Chunk::with_settings(SETTINGS),
            offsets: vec![0; index(next)],
            next,
        }
    }

    /// What was written so far, to begin other documents with.
    pub fn into_prefix(mut self) -> Prefix {
        self.hand_on().expect("writing to memory does not fail");
        let mut entries = Vec::with_capacity(self.offsets.len() * ENTRY);
        self.offsets.iter().for_each(|offset| entries.extend(entry(*offset)));
        Prefix { bytes: self.out, offsets: self.offsets, next: self.next, entries }
    }
}

impl<W: Write> Document<W> {
    /// A document that begins with `prefix`.
    pub fn begin(mut out: W, prefix: &Prefix) -> io::Result<Self> {
        out.write_all(&prefix.bytes)?;
        Ok(Self {
            out,
            written: prefix.bytes.len() as u64,
            gathered: Chunk::with_settings_and_capacity(SETTINGS, 8 * 1024),
            offsets: prefix.offsets.clone(),
            next: prefix.next,
        })
    }

    /// A number for an object that is to come.
    pub fn allocate(&mut self) -> Ref {
        self.allocate_many(1)
    }

    /// Numbers for several objects, one after the other; returns the first.
    pub fn allocate_many(&mut self, count: i32) -> Ref {
        let first = Ref::new(self.next);
        self.next += count;
        self.offsets.resize(index(self.next), 0);
        first
    }

    /// Where to write the object of this number, now.
    pub fn object(&mut self, id: Ref) -> &mut Chunk {
        self.offsets[index(id.get())] = self.written + self.gathered.len() as u64;
        &mut self.gathered
    }

    /// Takes objects that were written elsewhere; `starts` says where each begins.
    pub fn append(&mut self, chunk: &Chunk, starts: &[(Ref, usize)]) {
        let before = self.written + self.gathered.len() as u64;
        for (id, start) in starts {
            self.offsets[index(id.get())] = before + *start as u64;
        }
        self.gathered.extend(chunk);
    }

    /// Lets go of what has gathered, if it is much.
    pub fn breathe(&mut self) -> io::Result<()> {
        if self.gathered.len() >= GATHERED { self.hand_on() } else { Ok(()) }
    }

    fn hand_on(&mut self) -> io::Result<()> {
        self.out.write_all(self.gathered.as_bytes())?;
        self.written += self.gathered.len() as u64;
        self.gathered = Chunk::with_settings(SETTINGS);
        Ok(())
    }

    /// Writes the table of objects and returns the output. `shared` is the prefix it began with.
    pub fn finish(mut self, shared: &Prefix, catalog: Ref, info: Ref, id: [u8; 16]) -> io::Result<W> {
        self.hand_on()?;
        if self.written > MAX_BYTES {
            return Err(io::Error::other("a PDF has at most ten gigabytes"));
        }
        let mut tail = Vec::with_capacity(self.offsets.len().min(GATHERED / ENTRY) * ENTRY + 256);
        write!(tail, "xref\n0 {}\n", self.next)?;
        tail.extend(b"0000000000 65535 f \n");
        // What the prefix wrote stands where it stood; what it only reserved was written later.
        let known = shared.offsets.len();
        let mut from = 1;
        for at in 1..=known {
            if at == known || shared.offsets[at] == 0 {
                tail.extend(&shared.entries[from * ENTRY..at * ENTRY]);
                if at < known {
                    tail.extend(entry(self.offsets[at]));
                }
                from = at + 1;
            }
        }
        for offset in &self.offsets[known..] {
            tail.extend(entry(*offset));
            if tail.len() >= GATHERED {
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

/// The table of objects has ten digits for where one begins.
const MAX_BYTES: u64 = 9_999_999_999;
/// Bytes of an entry in the table of objects.
const ENTRY: usize = 20;

/// `0000012345 00000 n` with its blank and line feed; an object that was never written is free.
fn entry(offset: u64) -> [u8; ENTRY] {
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
