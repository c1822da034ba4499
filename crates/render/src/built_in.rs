//! Built-in layouts.

use crate::domain::Layout;

/// Built-in layouts: name, description and JSON text.
pub const BUILT_IN_LAYOUTS: [(&str, &str, &str); 3] = [
    ("a6", "A6 badge or phone ticket, upright", include_str!("layouts/a6.json")),
    ("din-long", "DIN long ticket with a stub to tear off", include_str!("layouts/din-long.json")),
    ("a4", "A4 page to fold, with terms", include_str!("layouts/a4.json")),
];

/// Returns the built-in layout of this name.
pub fn built_in_layout(name: &str) -> Option<Layout> {
    let (_, _, json) = BUILT_IN_LAYOUTS.iter().find(|(other, ..)| *other == name)?;
    Some(Layout::from_json(json.as_bytes()).expect("a test reads every shipped layout"))
}
