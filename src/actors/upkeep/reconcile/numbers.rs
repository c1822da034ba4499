//! Numbers of the registrations whose object keys can lie in a range of keys.

/// Returns the ranges of numbers whose keys may be greater than `after` and not greater than `to`. Numbers have at
/// least four digits, and those with the same number of digits sort like their keys; so there is one range for each
/// number of digits.
pub(super) fn numbers_between(prefix: &str, after: &str, to: Option<&str>) -> Vec<(i32, i32)> {
    // Most events have all keys before the range, or all behind it.
    if to.is_some_and(|to| prefix > to) || (prefix < after && !after.starts_with(prefix)) {
        return Vec::new();
    }
    let start = |number: i64| format!("{prefix}{number:04}");
    // Greater than every key of this number, because a number is followed by a dot or a slash.
    let end = |number: i64| format!("{prefix}{number:04}:");
    let mut ranges = Vec::new();
    for digits in 4..=10 {
        let low = if digits == 4 { 1 } else { 10_i64.pow(digits - 1) };
        let high = (10_i64.pow(digits) - 1).min(i64::from(i32::MAX));
        let first = low + first_step_where(high - low + 1, |step| end(low + step).as_str() > after);
        let after_last =
            low + first_step_where(high - low + 1, |step| to.is_some_and(|to| start(low + step).as_str() > to));
        if let (Ok(first), Ok(last)) = (i32::try_from(first), i32::try_from(after_last - 1))
            && first <= last
        {
            ranges.push((first, last));
        }
    }
    ranges
}

/// Returns the first of `count` steps for which `holds` is true, by binary search; `count` if there is none. If `holds`
/// is true for a step, it must be true for all later steps.
fn first_step_where(count: i64, holds: impl Fn(i64) -> bool) -> i64 {
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    low
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_key_of_a_range_is_in_its_numbers(number in 1..2_000_000_i32, ends in any::<[u32; 2]>()) {
            let key = |number: u32| format!("tickets/GDN-{:04}.pdf", number % 2_000_000 + 1);
            let mut ends = ends.map(key);
            ends.sort();
            let [after, to] = ends;
            let mine = format!("tickets/GDN-{number:04}.pdf");
            let ranges = numbers_between("tickets/GDN-", &after, Some(&to));
            let within = ranges.iter().any(|(first, last)| (*first..=*last).contains(&number));
            let in_range = mine > after && mine <= to;
            prop_assert!(within || !in_range, "{mine} in ({after}, {to}]: {ranges:?}");
            // And few other numbers are.
            let near = mine.as_str() >= after.as_str() && mine <= to;
            prop_assert!(!within || near || mine.starts_with(to.trim_end_matches(".pdf")), "{mine} in ({after}, {to}]");
        }
    }

    #[test]
    fn a_whole_listing_is_all_numbers_and_a_page_is_few() {
        let all = numbers_between("tickets/GDN-", "", None);
        assert_eq!((all[0], all.last().unwrap().1), ((1, 9999), i32::MAX));
        let page = numbers_between("tickets/GDN-", "tickets/GDN-1000.pdf", Some("tickets/GDN-1001.pdf"));
        assert_eq!(page[0], (1000, 1001));
        assert_eq!(page[1], (10_000, 10_009));
        assert!(numbers_between("tickets/AAA-", "tickets/GDN-1000.pdf", None).is_empty());
        assert!(numbers_between("tickets/ZZZ-", "", Some("tickets/GDN-1000.pdf")).is_empty());
    }
}
