//! Events: published events and their remaining seats for the public; changes, keys and figures for organizers.

pub mod availability;
pub mod downloads;
pub mod keys;
pub mod read;
pub mod stats;
pub mod write;

mod answer;

pub use answer::{EventAnswer, PriceAnswer};
