//! Parsing of requests: JSON bodies, query strings and cursors of lists; and extractors that refuse requests under
//! load.

mod admission;
mod cursor;
mod json;
mod query;

pub use admission::{ReadPermit, RegisterIfRoom};
pub use cursor::{Page, read_cursor};
pub use json::{FreeObject, Json, parse, read_large};
pub use query::{PageQuery, Query, limit};
