//! Sample event and ticket.

use std::sync::{Arc, LazyLock};

use onsale::{
    domain::{EventSetup, sample_event},
    render::{Library, TicketPage},
};
use serde_json::json;

pub static LIBRARY: LazyLock<Arc<Library>> = LazyLock::new(|| Arc::new(Library::new(&[])));

pub fn setup() -> EventSetup {
    sample_event(|draft| draft.language = "de".into())
}

pub fn ticket(name: &str) -> TicketPage {
    TicketPage { email: name.into(), answers: Some(json!({"company": name})), ..TicketPage::sample(&setup(), name) }
}
