//! Any bytes as a layout: refused with its faults, or compiled and rendered.

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
    let again = Layout::read(serde_json::to_value(&layout).unwrap()).expect("what was read can be read again");
    assert_eq!(layout.hash(), again.hash());
    let setup = sample::setup();
    if let Ok(plan) = Plan::compile(&sample::LIBRARY, &EventLayout::new(1, layout), &setup) {
        plan.render(&[sample::ticket("Ada Lovelace")], &setup.signer).expect("what compiles can be rendered");
    }
});
