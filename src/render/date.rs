//! Dates as people read them: in the event's zone and language.

use icu_datetime::{
    DateTimeFormatter, NoCalendarFormatter,
    fieldsets::{T, YMDE},
    input::{Date, Time},
};
use icu_locale_core::Locale;
use jiff::{Timestamp, Zoned, tz::TimeZone};

/// The day and the hours of an event.
#[derive(Debug, PartialEq, Eq)]
pub struct When {
    /// "Saturday, November 8, 2025"; two days if it ends on another one.
    pub date: String,
    /// "2:30 PM – 11:30 PM"
    pub time: String,
}

impl When {
    /// Formats the span; a zone or language that is not known falls back to UTC and English.
    pub fn new(starts_at: Timestamp, ends_at: Timestamp, zone: &str, language: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let locale = language.parse().unwrap_or(Locale::UNKNOWN);
        let (start, end) = (starts_at.to_zoned(zone.clone()), ends_at.to_zoned(zone));
        let date = match start.date() == end.date() {
            true => day(&start, &locale),
            false => format!("{} – {}", day(&start, &locale), day(&end, &locale)),
        };
        Self { date, time: format!("{} – {}", hour(&start, &locale), hour(&end, &locale)) }
    }
}

fn day(at: &Zoned, locale: &Locale) -> String {
    let iso = || Date::try_new_iso(at.year().into(), at.month().unsigned_abs(), at.day().unsigned_abs()).ok();
    DateTimeFormatter::try_new(locale.into(), YMDE::long())
        .ok()
        .zip(iso())
        .map_or_else(|| at.date().to_string(), |(formatter, date)| plain_spaces(&formatter.format(&date).to_string()))
}

fn hour(at: &Zoned, locale: &Locale) -> String {
    let time = || Time::try_new(at.hour().unsigned_abs(), at.minute().unsigned_abs(), 0, 0).ok();
    NoCalendarFormatter::try_new(locale.into(), T::hm())
        .ok()
        .zip(time())
        .map_or_else(|| at.time().to_string(), |(formatter, time)| plain_spaces(&formatter.format(&time).to_string()))
}

/// The narrow spaces of locale data are not in every font.
fn plain_spaces(text: &str) -> String {
    text.replace(['\u{202f}', '\u{2009}'], "\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(ends_at: &str, zone: &str, language: &str) -> (String, String) {
        let When { date, time } =
            When::new("2025-11-08T09:00:00Z".parse().unwrap(), ends_at.parse().unwrap(), zone, language);
        (date.replace('\u{a0}', " "), time.replace('\u{a0}', " "))
    }

    #[test]
    fn a_date_speaks_the_events_language_in_its_zone() {
        let (date, time) = when("2025-11-08T18:00:00Z", "Asia/Kolkata", "en");
        assert_eq!((date.as_str(), time.as_str()), ("Saturday, November 8, 2025", "2:30 PM – 11:30 PM"));
        let (date, time) = when("2025-11-08T18:00:00Z", "Europe/Berlin", "de");
        assert_eq!((date.as_str(), time.as_str()), ("Samstag, 8. November 2025", "10:00 – 19:00"));
    }

    #[test]
    fn an_event_past_midnight_names_both_days() {
        let (date, _) = when("2025-11-09T02:00:00Z", "Europe/Paris", "fr");
        assert_eq!(date, "samedi 8 novembre 2025 – dimanche 9 novembre 2025");
    }
}
