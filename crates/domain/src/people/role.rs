//! Roles in the team of an organizer, and what each may do: the one table of rights.

use super::super::Scope;

/// Role of a person in the team of an organizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// May do everything, also with people and tokens.
    Owner,
    /// Runs the events.
    Manager,
    /// Keeps the books.
    Finance,
    /// Admits people.
    Door,
    /// Only reads.
    Viewer,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 5] = [Self::Owner, Self::Manager, Self::Finance, Self::Door, Self::Viewer];

    /// Returns the name in the API and the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Manager => "manager",
            Self::Finance => "finance",
            Self::Door => "door",
            Self::Viewer => "viewer",
        }
    }

    /// Parses a name that [`Self::name`] returns.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }

    /// Returns the scopes of the role.
    pub const fn scopes(self) -> &'static [Scope] {
        use Scope as S;
        match self {
            Self::Owner => S::ALL,
            Self::Manager => &[
                S::EventsWrite,
                S::LayoutsWrite,
                S::RegistrationsRead,
                S::RegistrationsWrite,
                S::JobsWrite,
                S::AuditRead,
                S::StorageRead,
                S::InvoicesRead,
                S::TeamRead,
            ],
            Self::Finance => {
                &[S::RegistrationsRead, S::RegistrationsWrite, S::InvoicesWrite, S::InvoicesRead, S::TeamRead]
            }
            Self::Door => &[S::RegistrationsRead],
            Self::Viewer => &[S::RegistrationsRead, S::InvoicesRead, S::AuditRead, S::TeamRead],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_owners_decide_about_people() {
        for role in Role::ALL {
            assert_eq!(Role::from_name(role.name()), Some(role));
            assert_eq!(role.scopes().contains(&Scope::TeamWrite), role == Role::Owner, "{role:?}");
        }
        let writes = |scope: &&Scope| scope.name().ends_with(":write");
        assert_eq!(Role::Viewer.scopes().iter().filter(writes).count(), 0);
        assert_eq!(Role::Door.scopes().iter().filter(writes).count(), 0);
    }
}
