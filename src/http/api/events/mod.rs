//! Events: for everybody what is on and what is left, for organizers setting up and figures.

pub mod keys;
pub mod read;
pub mod stats;
pub mod write;

mod answer;

pub use answer::PriceAnswer;
