//! Everything around the handlers: shared services, limits, errors, common answers, and the middleware.

pub mod ops;

mod chunked;
mod connections;
mod cors;
mod error;
mod kept;
mod limits;
mod problem;
mod reply;
mod request;
mod request_id;
mod services;

pub use connections::{ConnectionSettings, Connections};
pub use cors::{CorsOrigins, preflights};
pub use error::{ApiError, ProblemFacts};
pub use kept::{KeptPage, KeptPages};
pub use limits::{ClientSettings, Clients, Readers};
pub use ops::OpsState;
pub use problem::{FaultSchema, ProblemSchema, Problems};
pub use reply::{accepted, calendar_of, created, deliver, private, redirect};
pub use request::{Route, guard, has_body, observe};
pub use services::{HttpSettings, Services};
