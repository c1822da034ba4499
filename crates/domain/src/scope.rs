//! Permissions of an organizer's token.

use std::{fmt, str::FromStr};

macro_rules! scopes {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)*) => {
        /// A permission of a token.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Scope { $($(#[$doc])* $variant,)* }

        impl Scope {
            /// Every scope.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// Returns the name in tokens, documentation and errors.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

scopes! {
    /// Create and change events and ticket types.
    EventsWrite = "events:write",
    /// Read, preview and change the layout of tickets.
    LayoutsWrite = "layouts:write",
    /// List registrants, read statistics and revocations, download any ticket of the organizer's events.
    RegistrationsRead = "registrations:read",
    /// Cancel registrations and mark them paid; retry documents that failed.
    RegistrationsWrite = "registrations:write",
    /// Start, watch and cancel jobs.
    JobsWrite = "jobs:write",
    /// Read the audit log of the organizer's events.
    AuditRead = "audit:read",
    /// Get URLs of the organizer's own objects in storage.
    StorageRead = "storage:read",
    /// Create invoices.
    InvoicesWrite = "invoices:write",
    /// Download the organizer's invoices.
    InvoicesRead = "invoices:read",
    /// Read the members, invitations and tokens of the organizer.
    TeamRead = "team:read",
    /// Invite, change and remove members; rename the organizer; make and revoke tokens.
    TeamWrite = "team:write",
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
