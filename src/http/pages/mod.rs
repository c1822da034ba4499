//! Pages for people, rendered on the server; everything works without script. `frame` has what all pages show, `form` reads
//! and shows forms, `error_page` the error pages; then the pages, in a folder for those who see them.

pub mod account;
pub mod assets;
pub mod attendee;
pub mod organizer;
pub mod preferences;
pub mod visitor;

mod error_page;
mod form;
mod frame;
mod kept;
mod markdown;
mod once;
mod unsubscribe;

pub use error_page::show_errors;
pub use unsubscribe::unsubscribe_page;

use form::{Fields, Form};
use frame::{Frame, show};
