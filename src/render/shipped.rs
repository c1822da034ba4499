//! The layouts that come along.

use crate::domain::Layout;

/// The layouts that come along: name, what it is for, and its text.
pub const SHIPPED: [(&str, &str, &str); 3] = [
    ("a6", "A6 badge or phone ticket, upright", include_str!("layouts/a6.json")),
    ("din-long", "DIN long ticket with a stub to tear off", include_str!("layouts/din-long.json")),
    ("a4", "A4 page to fold, with terms", include_str!("layouts/a4.json")),
];

/// The shipped layout of this name.
pub fn shipped(name: &str) -> Option<Layout> {
    let (_, _, json) = SHIPPED.iter().find(|(known, ..)| *known == name)?;
    Some(Layout::from_json(json.as_bytes()).expect("a test reads every shipped layout"))
}
