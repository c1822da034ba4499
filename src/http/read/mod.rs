//! Parsing of requests: JSON bodies, query strings and cursors of lists; and extractors that refuse requests under
//! load.

mod accept;
mod admission;
mod cursor;
mod json;
mod objects;
mod query;

pub use accept::preferred;
pub use admission::{ReadPermit, RegisterIfRoom};
pub use cursor::{Page, read_cursor};
pub use json::{FreeObject, Json, OptionalJson, parse, read_large};
pub use query::{PageQuery, Query, limit};
