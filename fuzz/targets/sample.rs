//! Sample event and ticket.

use std::sync::{Arc, LazyLock};

use onsale::{
    domain::{EventSetup, sample_event},
    render::{FontLibrary, TicketValues},
};
use serde_json::json;

pub static LIBRARY: LazyLock<Arc<FontLibrary>> = LazyLock::new(|| Arc::new(FontLibrary::new(&[])));

pub fn setup() -> EventSetup {
    sample_event(|draft| draft.language = "de".into())
}

pub fn ticket(name: &str) -> TicketValues {
    TicketValues { email: name.into(), answers: Some(json!({"company": name})), ..TicketValues::sample(&setup(), name) }
}
