//! What an organizer's token may do.

use std::{fmt, str::FromStr};

macro_rules! scopes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// One right of a token.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Scope { $($(#[$doc])* $variant,)* }

        impl Scope {
            /// Every scope there is.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Its name in tokens, documents and errors.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

scopes! {
    /// Create and change events and ticket types.
    EventsWrite = "events:write",
    /// See, try and change the layout of tickets.
    LayoutsWrite = "layouts:write",
    /// List registrants, read stats and revocations, download any ticket of one's events.
    RegistrationsRead = "registrations:read",
    /// Cancel registrations and mark them paid; retry files that were set aside.
    RegistrationsWrite = "registrations:write",
    /// Begin, watch and end jobs.
    JobsWrite = "jobs:write",
    /// Read who did what to one's events.
    AuditRead = "audit:read",
    /// Get URLs of one's own objects in storage.
    StorageRead = "storage:read",
    /// Make invoices.
    InvoicesWrite = "invoices:write",
    /// Fetch one's invoices.
    InvoicesRead = "invoices:read",
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scope {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.iter().copied().find(|scope| scope.name() == name).ok_or_else(|| {
            let known: Vec<_> = Self::ALL.iter().map(|scope| scope.name()).collect();
            format!("there is no scope `{name}`; there are {}", known.join(", "))
        })
    }
}
