//! Codes of tickets: signed during rendering, or signed before.

use crate::domain::{EventSigner, TicketCode};

/// Source of a ticket's code.
#[derive(Clone, Copy)]
pub enum CodeSource<'a> {
    /// The code is signed with this key during rendering.
    Signer(&'a EventSigner),
    /// The code is already signed.
    Signed(&'a str),
}

impl CodeSource<'_> {
    pub(super) fn text(self, code: &TicketCode) -> String {
        match self {
            Self::Signer(signer) => signer.sign(code),
            Self::Signed(text) => text.to_owned(),
        }
    }
}
