//! Messages that are sent by mail: their kinds and their states.

/// Reason for a message; it determines its template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageKind {
    /// A registration is confirmed; its tickets are attached.
    Confirmation,
    /// Seats are held until they are paid for.
    PaymentNeeded,
    PaymentReceived,
    /// A registration was cancelled.
    Cancelled,
    Refunded,
    /// Time, place or title of the event have changed.
    EventChanged,
    /// A ticket has a new code; the one before is not valid any more.
    TicketReissued,
    /// Links to all coming registrations of an address, on request.
    TicketLinks,
    /// An account's address is to be confirmed.
    Verify,
    /// A forgotten password.
    Reset,
    /// An invitation to the team of an organizer.
    Invitation,
    /// A text of the organizer to many registrants.
    Announcement,
    /// Something happened to an account that its owner should know.
    AccountNotice,
}

/// Subject matter of messages of a kind; it determines the placeholders of their templates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageTopic {
    /// A registration and its event.
    Registration,
    /// All registrations of an address.
    Address,
    /// An account or a team.
    Account,
}

impl MessageKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Confirmation,
        Self::PaymentNeeded,
        Self::PaymentReceived,
        Self::Cancelled,
        Self::Refunded,
        Self::EventChanged,
        Self::TicketReissued,
        Self::TicketLinks,
        Self::Verify,
        Self::Reset,
        Self::Invitation,
        Self::Announcement,
        Self::AccountNotice,
    ];

    /// Returns the number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Confirmation => 1,
            Self::PaymentNeeded => 2,
            Self::PaymentReceived => 3,
            Self::Cancelled => 4,
            Self::Refunded => 5,
            Self::EventChanged => 6,
            Self::TicketReissued => 7,
            Self::TicketLinks => 8,
            Self::Verify => 9,
            Self::Reset => 10,
            Self::Invitation => 11,
            Self::Announcement => 12,
            Self::AccountNotice => 13,
        }
    }

    /// Returns the name in the API and in configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Confirmation => "confirmation",
            Self::PaymentNeeded => "payment-needed",
            Self::PaymentReceived => "payment-received",
            Self::Cancelled => "cancelled",
            Self::Refunded => "refunded",
            Self::EventChanged => "event-changed",
            Self::TicketReissued => "ticket-reissued",
            Self::TicketLinks => "ticket-links",
            Self::Verify => "verify",
            Self::Reset => "reset",
            Self::Invitation => "invitation",
            Self::Announcement => "announcement",
            Self::AccountNotice => "account-notice",
        }
    }

    /// Parses a number that [`Self::number`] returns.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// Parses a name that [`Self::name`] returns.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Returns what messages of this kind are about.
    pub const fn topic(self) -> MessageTopic {
        match self {
            Self::Confirmation
            | Self::PaymentNeeded
            | Self::PaymentReceived
            | Self::Cancelled
            | Self::Refunded
            | Self::TicketReissued
            | Self::EventChanged
            | Self::Announcement => MessageTopic::Registration,
            Self::TicketLinks => MessageTopic::Address,
            Self::Verify | Self::Reset | Self::Invitation | Self::AccountNotice => MessageTopic::Account,
        }
    }

    /// True if recipients may refuse messages of this kind: they are not part of what they have ordered.
    pub const fn can_be_refused(self) -> bool {
        matches!(self, Self::Announcement)
    }
}

/// An event of an account that its owner is told of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AccountNotice {
    /// Somebody asked for a new account with the address of this one.
    Known,
    /// The password was changed.
    Password,
    /// The account has another address now; the one before is told.
    Address,
    /// A second factor is needed from now on.
    FactorAdded,
    /// A second factor is not needed any more.
    FactorRemoved,
    /// Somebody tries passwords.
    Guessed,
    /// The account does not exist any more.
    Erased,
}

impl AccountNotice {
    /// Every notice.
    pub const ALL: [Self; 7] = [
        Self::Known,
        Self::Password,
        Self::Address,
        Self::FactorAdded,
        Self::FactorRemoved,
        Self::Guessed,
        Self::Erased,
    ];

    /// Returns the name in the database and in texts.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Known => "known",
            Self::Password => "password",
            Self::Address => "address",
            Self::FactorAdded => "factor-added",
            Self::FactorRemoved => "factor-removed",
            Self::Guessed => "guessed",
            Self::Erased => "erased",
        }
    }

    /// Parses a name that [`Self::name`] returns.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|notice| notice.name() == name)
    }
}

/// State of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MessageState {
    /// Waits to be sent.
    Queued,
    /// A server is sending it.
    Sending,
    /// The mail server has accepted it.
    Sent,
    /// The recipient's server has accepted it.
    Delivered,
    /// The recipient's server does not accept it now; the mail server tries again.
    Delayed,
    /// The recipient's server has refused it for ever.
    Bounced,
    /// The recipient has marked it as spam.
    Complained,
    /// It could not be sent.
    Failed,
    /// It was not sent, because its address is suppressed.
    Suppressed,
}

impl MessageState {
    /// Every state.
    pub const ALL: [Self; 9] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Delivered,
        Self::Delayed,
        Self::Bounced,
        Self::Complained,
        Self::Failed,
        Self::Suppressed,
    ];

    /// Returns the number in the database.
    pub const fn number(self) -> i16 {
        match self {
            Self::Queued => 1,
            Self::Sending => 2,
            Self::Sent => 3,
            Self::Delivered => 4,
            Self::Delayed => 5,
            Self::Bounced => 6,
            Self::Complained => 7,
            Self::Failed => 8,
            Self::Suppressed => 9,
        }
    }

    /// Returns the name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Delayed => "delayed",
            Self::Bounced => "bounced",
            Self::Complained => "complained",
            Self::Failed => "failed",
            Self::Suppressed => "suppressed",
        }
    }

    /// Parses a number that [`Self::number`] returns.
    pub fn from_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// Parses a name that [`Self::name`] returns.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Returns the state after a report of another server. Reports can be repeated and arrive in any order: a report that
    /// says less than an earlier one changes nothing.
    #[must_use]
    pub const fn after(self, report: Self) -> Self {
        if self.weight() < report.weight() { report } else { self }
    }

    /// Order of reports. A bounce can follow a delivery: the server that accepted the message could not pass it on.
    const fn weight(self) -> u8 {
        match self {
            Self::Queued => 0,
            Self::Sending => 1,
            Self::Sent => 2,
            Self::Delayed => 3,
            Self::Delivered => 4,
            Self::Bounced => 5,
            Self::Complained => 6,
            // Nothing was sent, so that no report follows.
            Self::Failed | Self::Suppressed => u8::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_in_any_order_end_in_the_same_state() {
        use MessageState::{Bounced, Complained, Delayed, Delivered, Sent, Suppressed};
        let reports = [Delayed, Delivered, Bounced, Delivered, Delayed, Bounced];
        let orders: [[usize; 6]; 4] = [[0, 1, 2, 3, 4, 5], [5, 4, 3, 2, 1, 0], [2, 0, 1, 5, 3, 4], [1, 1, 2, 2, 0, 0]];
        for order in orders {
            let end = order.into_iter().fold(Sent, |state, index| state.after(reports[index]));
            assert_eq!(end, Bounced, "{order:?}");
        }
        assert_eq!(Delivered.after(Delayed), Delivered);
        assert_eq!(Delivered.after(Complained), Complained);
        assert_eq!(Suppressed.after(Delivered), Suppressed);
    }

    #[test]
    fn names_and_numbers_are_unique() {
        for kind in MessageKind::ALL {
            assert_eq!(MessageKind::from_name(kind.name()), Some(kind));
            assert_eq!(MessageKind::from_number(kind.number()), Some(kind));
        }
        for state in MessageState::ALL {
            assert_eq!(MessageState::from_name(state.name()), Some(state));
            assert_eq!(MessageState::from_number(state.number()), Some(state));
        }
    }
}
