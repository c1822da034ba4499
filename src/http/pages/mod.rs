//! Pages that messages lead to.

mod page;
pub mod registration;

pub use page::{escape, page};
