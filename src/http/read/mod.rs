//! Reading requests: JSON bodies, query strings, cursors of lists; and the gate that refuses before anything is read.

mod cursor;
mod gate;
mod json;
mod query;

pub use cursor::{Page, read_cursor};
pub use gate::{ReadPermit, RegisterIfRoom};
pub use json::{FreeObject, Json, parse, read_large};
pub use query::{PageQuery, Query, limit};
