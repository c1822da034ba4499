//! Reads any bytes as a layout: the layout is refused, or compiled and rendered.

#![no_main]

#[path = "sample.rs"]
mod sample;

use libfuzzer_sys::fuzz_target;
use onsale::{
    domain::{EventLayout, Layout},
    render::Plan,
};

fuzz_target!(|json: &[u8]| {
    let Ok(layout) = Layout::from_json(json) else { return };
    let reread = Layout::read(serde_json::to_value(&layout).unwrap()).expect("a valid layout can be read again");
    assert_eq!(layout.hash(), reread.hash());
    let setup = sample::setup();
    if let Ok(plan) = Plan::compile(&sample::LIBRARY, &EventLayout::new(1, layout), &setup) {
        plan.render(&[sample::ticket("Ada Lovelace")], &setup.signer).expect("a compiled layout can be rendered");
    }
});
