//! Who of a batch gets seats: first come, first served, all of a registration's seats or none.

use std::collections::BTreeMap;

use super::TypeNumber;

/// Seats still to be had; `None` is unlimited.
pub type SeatCount = Option<i32>;

/// What is left of an event, in total and by ticket type. Both hold at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remaining {
    pub event: SeatCount,
    pub types: BTreeMap<TypeNumber, SeatCount>,
}

/// What became of one ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Seated,
    SoldOut,
}

impl Remaining {
    /// How many seats of this type can still be had.
    pub fn of(&self, type_number: TypeNumber) -> SeatCount {
        match (self.event, self.types.get(&type_number).copied().unwrap_or(Some(0))) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// What is left once these have taken their seats.
    pub fn without(mut self, taken: impl IntoIterator<Item = (TypeNumber, i16)>) -> Self {
        for (type_number, seats) in taken {
            self.take(type_number, seats.into());
        }
        self
    }

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

/// Goes through the asks in the order they came. One that does not fit takes nothing, and those behind it may still fit.
pub fn allot(mut remaining: Remaining, asks: impl IntoIterator<Item = (TypeNumber, i16)>) -> Vec<Verdict> {
    asks.into_iter()
        .map(|(type_number, seats)| match remaining.take(type_number, i32::from(seats)) {
            true => Verdict::Seated,
            false => Verdict::SoldOut,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const A: TypeNumber = TypeNumber(1);
    const B: TypeNumber = TypeNumber(2);

    fn remaining(event: SeatCount, a: SeatCount, b: SeatCount) -> Remaining {
        Remaining { event, types: [(A, a), (B, b)].into() }
    }

    #[test]
    fn the_last_seats_go_to_the_first_who_fit() {
        let verdicts = allot(remaining(Some(3), None, None), [(A, 2), (A, 2), (A, 1), (A, 1)]);
        assert_eq!(verdicts, [Verdict::Seated, Verdict::SoldOut, Verdict::Seated, Verdict::SoldOut]);
    }

    #[test]
    fn event_and_type_capacity_hold_together() {
        let verdicts = allot(remaining(Some(2), Some(1), None), [(A, 1), (A, 1), (B, 1), (B, 1)]);
        assert_eq!(verdicts, [Verdict::Seated, Verdict::SoldOut, Verdict::Seated, Verdict::SoldOut]);
    }

    #[test]
    fn an_unknown_type_has_no_seats() {
        assert_eq!(allot(remaining(None, None, None), [(TypeNumber(9), 1)]), [Verdict::SoldOut]);
    }

    proptest! {
        #[test]
        fn nothing_is_oversold_and_nobody_who_fits_is_refused(
            event in 0i32..30, a in 0i32..30, asks in proptest::collection::vec((prop_oneof![Just(A), Just(B)], 1i16..5), 0..40)
        ) {
            let verdicts = allot(remaining(Some(event), Some(a), None), asks.clone());
            let (mut sold, mut sold_a) = (0, 0);
            for ((kind, seats), verdict) in asks.into_iter().zip(verdicts) {
                let seats = i32::from(seats);
                let fits = sold + seats <= event && (kind == B || sold_a + seats <= a);
                prop_assert_eq!(verdict == Verdict::Seated, fits);
                if fits { sold += seats; if kind == A { sold_a += seats } }
            }
        }
    }
}
