//! The registrations whose keys can lie in a stretch of the bucket's list.

/// Which registrations may have keys after one key and up to another. Numbers are written with at least four digits, so that
/// within one length they are in the order of their keys, and lengths lie between each other.
pub(super) fn numbers_between(prefix: &str, after: &str, to: Option<&str>) -> Vec<(i32, i32)> {
    // Most events lie before the stretch, or behind it.
    if to.is_some_and(|to| prefix > to) || (prefix < after && !after.starts_with(prefix)) {
        return Vec::new();
    }
    let begin = |number: i64| format!("{prefix}{number:04}");
    // Behind every key of this number: what follows it is a dot or a slash.
    let end = |number: i64| format!("{prefix}{number:04}:");
    let mut ranges = Vec::new();
    for digits in 4..=10 {
        let low = if digits == 4 { 1 } else { 10_i64.pow(digits - 1) };
        let high = (10_i64.pow(digits) - 1).min(i64::from(i32::MAX));
        let first = low + first_that(high - low + 1, |step| end(low + step).as_str() > after);
        let past = low + first_that(high - low + 1, |step| to.is_some_and(|to| begin(low + step).as_str() > to));
        if let (Ok(first), Ok(last)) = (i32::try_from(first), i32::try_from(past - 1))
            && first <= last
        {
            ranges.push((first, last));
        }
    }
    ranges
}

/// The first of `count` steps that `holds`, which all after it do too; `count` if none does.
fn first_that(count: i64, holds: impl Fn(i64) -> bool) -> i64 {
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
        fn every_key_of_a_stretch_is_in_its_numbers(number in 1..2_000_000_i32, ends in any::<[u32; 2]>()) {
            let key = |number: u32| format!("tickets/GDN-{:04}.pdf", number % 2_000_000 + 1);
            let mut ends = ends.map(key);
            ends.sort();
            let [after, to] = ends;
            let mine = format!("tickets/GDN-{number:04}.pdf");
            let ranges = numbers_between("tickets/GDN-", &after, Some(&to));
            let within = ranges.iter().any(|(first, last)| (*first..=*last).contains(&number));
            let lies_there = mine > after && mine <= to;
            prop_assert!(within || !lies_there, "{mine} in ({after}, {to}]: {ranges:?}");
            // And hardly more than that.
            let near = mine.as_str() >= after.as_str() && mine <= to;
            prop_assert!(!within || near || mine.starts_with(to.trim_end_matches(".pdf")), "{mine} in ({after}, {to}]");
        }
    }

    #[test]
    fn a_whole_list_is_all_numbers_and_a_page_is_few() {
        let all = numbers_between("tickets/GDN-", "", None);
        assert_eq!((all[0], all.last().unwrap().1), ((1, 9999), i32::MAX));
        let page = numbers_between("tickets/GDN-", "tickets/GDN-1000.pdf", Some("tickets/GDN-1001.pdf"));
        assert_eq!(page[0], (1000, 1001));
        assert_eq!(page[1], (10_000, 10_009));
        assert!(numbers_between("tickets/AAA-", "tickets/GDN-1000.pdf", None).is_empty());
        assert!(numbers_between("tickets/ZZZ-", "", Some("tickets/GDN-1000.pdf")).is_empty());
    }
}
