//! The sale of an event as people see it: its state, and how much is left.

use jiff::Timestamp;

use super::{EventSetup, EventStatus, RemainingSeats, SeatCount, TicketType};

/// A type is nearly gone when at most this share of its seats is left.
const FEW_OF: i32 = 20;
/// This many seats are few, however small the event is.
const FEW: i32 = 10;

/// State of the sale of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SaleState {
    /// Not published.
    Draft,
    NotYet {
        opens_at: Timestamp,
    },
    Open,
    SoldOut,
    /// Sales are closed; the event is not over.
    Closed,
    /// The event is over.
    Over,
    Cancelled,
}

/// Seats of a ticket type that are left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Left {
    Many,
    Few(i32),
    None,
}

impl SaleState {
    /// Returns the name in answers.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::NotYet { .. } => "not-yet",
            Self::Open => "open",
            Self::SoldOut => "sold-out",
            Self::Closed => "closed",
            Self::Over => "over",
            Self::Cancelled => "cancelled",
        }
    }
}

impl EventSetup {
    /// Returns the state of the sale at a moment.
    pub fn sale_state(&self, left: &RemainingSeats, now: Timestamp) -> SaleState {
        let draft = &self.event.draft;
        match draft.status {
            EventStatus::Draft => return SaleState::Draft,
            EventStatus::Cancelled => return SaleState::Cancelled,
            EventStatus::Published => {}
        }
        if draft.sales_close_at.unwrap_or(draft.ends_at) <= now {
            return if draft.ends_at <= now { SaleState::Over } else { SaleState::Closed };
        }
        match draft.sales_open_at {
            Some(opens_at) if now < opens_at => SaleState::NotYet { opens_at },
            _ if self.types.iter().all(|of| self.left_of(of, left) == Left::None) => SaleState::SoldOut,
            _ => SaleState::Open,
        }
    }

    /// Returns the seats that are left, if little is left of every ticket type.
    pub fn all_left(&self, left: &RemainingSeats) -> Option<i64> {
        let counts = self.types.iter().map(|of| match self.left_of(of, left) {
            Left::Many => None,
            Left::Few(seats) => Some(i64::from(seats)),
            Left::None => Some(0),
        });
        let sum: i64 = counts.sum::<Option<i64>>()?;
        Some(left.event.map_or(sum, |event| sum.min(event.into())))
    }

    /// Returns what is left of a ticket type. The number is named only when it matters.
    pub fn left_of(&self, of: &TicketType, left: &RemainingSeats) -> Left {
        let capacity = smaller(of.capacity, self.event.draft.capacity);
        match (left.of(of.number), capacity) {
            (Some(seats), _) if seats <= 0 => Left::None,
            (Some(seats), Some(capacity)) if seats <= FEW.max(capacity / FEW_OF) && seats < capacity => {
                Left::Few(seats)
            }
            _ => Left::Many,
        }
    }
}

fn smaller(one: SeatCount, other: SeatCount) -> SeatCount {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample_event;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn seats(event: SeatCount, each: SeatCount, setup: &EventSetup) -> RemainingSeats {
        RemainingSeats { event, types: setup.types.iter().map(|of| (of.number, each)).collect() }
    }

    #[test]
    fn the_state_follows_the_clock_the_seats_and_the_organizer() {
        let setup = sample_event(|draft| {
            draft.sales_open_at = Some(at("2025-10-01T08:00:00Z"));
            draft.starts_at = at("2025-11-08T09:00:00Z");
            draft.ends_at = at("2025-11-08T18:00:00Z");
        });
        let state = |setup: &EventSetup, left, now| setup.sale_state(&seats(left, None, setup), at(now));
        let opens_at = at("2025-10-01T08:00:00Z");
        assert_eq!(state(&setup, None, "2025-10-01T07:59:59Z"), SaleState::NotYet { opens_at });
        assert_eq!(state(&setup, None, "2025-10-01T08:00:00Z"), SaleState::Open);
        assert_eq!(state(&setup, Some(0), "2025-10-01T08:00:00Z"), SaleState::SoldOut);
        assert_eq!(state(&setup, Some(0), "2025-11-08T18:00:00Z"), SaleState::Over);
        let closed = sample_event(|draft| draft.sales_close_at = Some(at("2025-11-01T00:00:00Z")));
        assert_eq!(state(&closed, None, "2025-11-01T00:00:00Z"), SaleState::Closed);
        let cancelled = sample_event(|draft| draft.status = EventStatus::Cancelled);
        assert_eq!(state(&cancelled, None, "2025-10-01T08:00:00Z"), SaleState::Cancelled);
    }

    #[test]
    fn a_number_is_named_when_few_are_left() {
        let left = |capacity, left| {
            let setup = sample_event(|draft| draft.capacity = Some(capacity));
            setup.left_of(&setup.types[0], &seats(Some(left), None, &setup))
        };
        assert_eq!(left(5000, 251), Left::Many);
        assert_eq!(left(5000, 250), Left::Few(250));
        assert_eq!(left(60, 10), Left::Few(10));
        assert_eq!(left(60, 11), Left::Many);
        // A small event that nobody has registered for is not nearly gone.
        assert_eq!(left(8, 8), Left::Many);
        assert_eq!(left(8, 0), Left::None);
    }
}
