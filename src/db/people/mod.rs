//! People: accounts, sessions, requests that a message completes, and the teams of organizers.

mod accounts;
mod guesses;
mod requests;
mod sessions;
mod teams;

pub use accounts::{AccountRow, SecondFactor};
pub use requests::{FoundRequest, RequestLimits, TriedCode};
pub use sessions::{Membership, NewSession, Person, SessionLife, SessionRow};
pub use teams::{InvitationRow, MemberRow, NewInvitation, NewToken, OrganizerRow};

use super::DbError;
use crate::domain::Role;

/// Reads a role of the database.
fn role_from(doing: &'static str, name: &str) -> Result<Role, DbError> {
    Role::from_name(name).ok_or(DbError::Unexpected { doing, what: "role" })
}
