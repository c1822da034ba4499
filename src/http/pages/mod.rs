//! Pages for people, rendered on the server; everything works without script. `frame` has what all pages show, `form` reads
//! and shows forms, `error_page` the error pages; then the pages, in a folder for those who see them.

pub mod account;
pub mod assets;
pub mod organizer;
pub mod preferences;
pub mod registration;
pub mod visitor;

mod error_page;
mod form;
mod frame;
mod once;
mod unsubscribe;

pub use error_page::show_errors;
pub use unsubscribe::unsubscribe_page;

use form::{Fields, Form};
use frame::{Frame, show};
