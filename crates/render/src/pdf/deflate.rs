//! Compression of PDF streams.

use std::cell::RefCell;

use libdeflater::{CompressionLvl, Compressor};

thread_local! {
    static COMPRESSOR: RefCell<Compressor> =
        RefCell::new(Compressor::new(CompressionLvl::new(9).expect("levels go up to 12")));
}

/// Compresses a stream with zlib.
pub fn deflate(data: &[u8]) -> Vec<u8> {
    COMPRESSOR.with_borrow_mut(|compressor| {
        let mut packed = vec![0; compressor.zlib_compress_bound(data.len())];
        let length = compressor.zlib_compress(data, &mut packed).expect("there is room for the worst case");
        packed.truncate(length);
        packed
    })
}
