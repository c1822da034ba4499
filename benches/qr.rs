//! Time to encode a ticket's code: `qrcodegen` with a given mask and with automatic mask, and Onsale's encoder.
//!
//! ```sh
//! cargo bench --bench qr
//! ```

#![expect(clippy::unwrap_used, reason = "a bench that cannot run panics")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use onsale::{domain::Level, render::QrImage};
use qrcodegen::{Mask, QrCode, QrCodeEcc, QrSegment, Version};

/// A text with the length of a ticket's code.
const TEXT: &str = "NF01BJH7TB32$/S5NKMN%X5B2C8YH+LM:1K/NR2AKT5W8J6M7CB.X4DH5GB2PQ*9HVV/6E5JF0.WJ20KD6RZ$0LV2SGN3QH2BTLJZ4A/VBQ5HO4Y2I9C08N4FTX3";

fn library(mask: Option<Mask>) -> QrCode {
    let segment = [QrSegment::make_alphanumeric(black_box(TEXT))];
    QrCode::encode_segments_advanced(&segment, QrCodeEcc::Medium, Version::MIN, Version::MAX, mask, true).unwrap()
}

fn qr(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("qr");
    group.bench_function("floor: qrcodegen, given mask", |bencher| bencher.iter(|| library(Some(Mask::new(0)))));
    group.bench_function("qrcodegen, automatic mask", |bencher| bencher.iter(|| library(None)));
    group.bench_function("ours, the same mask", |bencher| bencher.iter(|| QrImage::encode(black_box(TEXT), Level::M)));
    let image = QrImage::encode(TEXT, Level::M);
    group.bench_function("its PNG", |bencher| bencher.iter(|| image.png()));
    group.finish();
}

criterion_group!(benches, qr);
criterion_main!(benches);
