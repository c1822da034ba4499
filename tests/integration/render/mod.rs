//! Rendered tickets, checked by `HarfBuzz`, poppler, qpdf, two QR decoders, and reference pictures.

mod codes;
mod files;
mod naughty;
mod pictures;
mod random;
mod scripts;

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use onsale::{
    domain::{EventLayout, EventSetup, Layout, sample_event},
    render::{FontLibrary, Plan, TicketValues, built_in_layout},
};
use serde_json::{Value, json};

/// The bundled fonts and those that the scripts install.
pub static LIBRARY: LazyLock<Arc<FontLibrary>> =
    LazyLock::new(|| Arc::new(FontLibrary::new(&[PathBuf::from("/usr/share/fonts/opentype/noto")])));

/// Returns a typical event.
pub fn setup() -> EventSetup {
    sample_event(|_| {})
}

/// Returns a ticket with this name.
pub fn ticket(name: &str) -> TicketValues {
    TicketValues {
        count: 2,
        answers: Some(json!({"company": "Analytical Engines", "newsletter": false})),
        ..TicketValues::sample(&setup(), name)
    }
}

/// Compiles a layout.
pub fn plan(layout: &Value, setup: &EventSetup) -> Plan {
    let layout = Layout::read(layout.clone()).unwrap_or_else(|faults| panic!("{faults:#?}"));
    Plan::compile(&LIBRARY, &EventLayout::new(1, layout), setup).unwrap()
}

/// Compiles a bundled layout.
pub fn shipped_plan(name: &str, setup: &EventSetup) -> Plan {
    Plan::compile(&LIBRARY, &EventLayout::new(0, built_in_layout(name).unwrap()), setup).unwrap()
}

/// Renders one ticket with a layout.
pub fn render(layout: &Value, name: &str) -> Vec<u8> {
    let setup = setup();
    plan(layout, &setup).render(&[ticket(name)], &setup.signer).unwrap().bytes
}

/// Returns a layout with only a name on its page.
pub fn name_only() -> Value {
    json!({"pages": [{"width": 160, "height": 30, "elements": [
        {"kind": "text", "x": 5, "y": 5, "width": 150, "text": "{attendee.name}", "size": 24, "smallest": 6}]}]})
}
