//! Renders a ticket with any text as its name: the size of the file is bounded.

#![no_main]

#[path = "sample.rs"]
mod sample;

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use onsale::{
    domain::{EventLayout, EventSetup, Layout},
    render::Plan,
};

static PLAN: LazyLock<(EventSetup, Plan)> = LazyLock::new(|| {
    let layout = br#"{"pages": [{"width": 100, "height": 60, "elements": [
        {"kind": "text", "x": 5, "y": 5, "width": 40, "text": "{attendee.name}", "size": 20, "smallest": 6, "lines": 2},
        {"kind": "text", "x": 50, "y": 5, "width": 40, "height": 30, "text": "{answers.company|upper}", "size": 9, "letterSpacing": 0.1}
    ]}]}"#;
    let setup = sample::setup();
    let layout = EventLayout::new(1, Layout::from_json(layout).unwrap());
    let plan = Plan::compile(&sample::LIBRARY, &layout, &setup).unwrap();
    (setup, plan)
});

fuzz_target!(|text: &str| {
    let (setup, plan) = &*PLAN;
    let file = plan.render(&[sample::ticket(text)], &setup.signer).expect("any name can be rendered").bytes;
    assert!(file.ends_with(b"%%EOF\n") && file.len() < 1_000_000);
});
