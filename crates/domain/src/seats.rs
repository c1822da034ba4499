//! Allocation of seats within a batch: in order of arrival, and all seats of a registration or none.

use std::collections::BTreeMap;

use super::TypeNumber;

/// A number of seats; `None` if unlimited.
pub type SeatCount = Option<i32>;

/// Remaining seats of an event, in total and by ticket type. Both limits apply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemainingSeats {
    pub event: SeatCount,
    pub types: BTreeMap<TypeNumber, SeatCount>,
}

/// Result of one request for seats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Allotment {
    Granted,
    SoldOut,
}

impl RemainingSeats {
    /// Returns the remaining seats of this ticket type; an unknown type has none.
    pub fn of(&self, type_number: TypeNumber) -> SeatCount {
        match (self.event, self.types.get(&type_number).copied().unwrap_or(Some(0))) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Returns the remaining seats after `taken`; an entry that does not fit is skipped.
    pub fn without(mut self, taken: impl IntoIterator<Item = (TypeNumber, i16)>) -> Self {
        for (type_number, seats) in taken {
            self.take(type_number, seats.into());
        }
        self
    }

    /// Subtracts the seats if all of them are available; returns false otherwise.
    fn take(&mut self, type_number: TypeNumber, seats: i32) -> bool {
        if self.of(type_number).is_some_and(|left| left < seats) {
            return false;
        }
        for count in [&mut self.event].into_iter().chain(self.types.get_mut(&type_number)) {
            *count = count.map(|left| left - seats);
        }
        true
    }
}

/// Allocates seats to the requests in order. A request that does not fit takes none, and later requests may still fit.
pub fn allot(mut remaining: RemainingSeats, requests: impl IntoIterator<Item = (TypeNumber, i16)>) -> Vec<Allotment> {
    requests
        .into_iter()
        .map(|(type_number, seats)| match remaining.take(type_number, i32::from(seats)) {
            true => Allotment::Granted,
            false => Allotment::SoldOut,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: TypeNumber = TypeNumber(1);
    const B: TypeNumber = TypeNumber(2);

    fn remaining(event: SeatCount, a: SeatCount, b: SeatCount) -> RemainingSeats {
        RemainingSeats { event, types: [(A, a), (B, b)].into() }
    }

    #[test]
    fn the_last_seats_go_to_the_first_request_that_fits() {
        let allotments = allot(remaining(Some(3), None, None), [(A, 2), (A, 2), (A, 1), (A, 1)]);
        assert_eq!(allotments, [Allotment::Granted, Allotment::SoldOut, Allotment::Granted, Allotment::SoldOut]);
    }

    #[test]
    fn event_and_type_capacity_hold_together() {
        let allotments = allot(remaining(Some(2), Some(1), None), [(A, 1), (A, 1), (B, 1), (B, 1)]);
        assert_eq!(allotments, [Allotment::Granted, Allotment::SoldOut, Allotment::Granted, Allotment::SoldOut]);
    }

    #[test]
    fn an_unknown_type_has_no_seats() {
        assert_eq!(allot(remaining(None, None, None), [(TypeNumber(9), 1)]), [Allotment::SoldOut]);
    }

    proptest! {
        #[test]
        fn nothing_is_oversold_and_every_request_that_fits_is_granted(
            event in 0i32..30, a in 0i32..30, requests in proptest::collection::vec((prop_oneof![Just(A), Just(B)], 1i16..5), 0..40)
        ) {
            let allotments = allot(remaining(Some(event), Some(a), None), requests.clone());
            let (mut sold, mut sold_a) = (0, 0);
            for ((type_number, seats), allotment) in requests.into_iter().zip(allotments) {
                let seats = i32::from(seats);
                let fits = sold + seats <= event && (type_number == B || sold_a + seats <= a);
                prop_assert_eq!(allotment == Allotment::Granted, fits);
                if fits { sold += seats; if type_number == A { sold_a += seats } }
            }
        }
    }
}
