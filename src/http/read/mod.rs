//! Parsing of requests: JSON bodies, query strings and cursors of lists; and extractors that refuse requests under
//! load.

mod accept;
mod admission;
mod body;
mod cursor;
mod free;
mod json;
mod objects;
mod query;

pub use accept::preferred;
pub use admission::{ReadPermit, RegisterIfRoom, event_permit};
pub use body::{read_form, read_large};
pub use cursor::{Page, read_cursor};
pub use free::FreeObject;
pub use json::{Json, OptionalJson, parse};
pub use query::{PageQuery, Query, limit};
