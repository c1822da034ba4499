//! Parses any text as a template: an error, or at most the input's length of static text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use onsale::domain::layout::{Piece, Template};

fuzz_target!(|text: &str| {
    if let Ok(Template(pieces)) = Template::parse(text) {
        let words: usize = pieces.iter().map(|piece| if let Piece::Words(words) = piece { words.len() } else { 0 }).sum();
        assert!(words <= text.len());
    }
});
