pub mod domain;
pub mod db;
pub mod render;
pub mod metrics;
pub mod store;
pub mod actors;
pub mod http;
