//! Compressed streams of a file.

use std::io::Write;

use flate2::{Compression, write::ZlibEncoder};

/// Compresses a stream of the file.
pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::with_capacity(data.len() / 2), Compression::new(6));
    encoder.write_all(data).and_then(|()| encoder.finish()).expect("writing to memory does not fail")
}
