//! Formats dates, times and money in the time zone and language of an event.

use fixed_decimal::Decimal;
use icu_casemap::CaseMapper;
use icu_datetime::{
    DateTimeFormatter, NoCalendarFormatter,
    fieldsets::{D, E, T, YM, YMD, YMDE},
    input::{Date, Time},
};
use icu_decimal::DecimalFormatter;
use icu_locale_core::Locale;
use iso_currency::Currency;
use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::domain::{
    Price,
    layout::{Case, DateStyle, Format},
};

/// Formatter for a time zone and a language.
pub struct LocaleFormatter {
    zone: TimeZone,
    locale: Locale,
}

impl LocaleFormatter {
    /// Creates a formatter. An unknown zone falls back to UTC, an unknown language to the root locale.
    pub fn new(zone: &str, language: &str) -> Self {
        Self { zone: TimeZone::get(zone).unwrap_or(TimeZone::UTC), locale: language.parse().unwrap_or(Locale::UNKNOWN) }
    }

    /// Returns the language code without region, such as `de`.
    pub fn language(&self) -> &str {
        self.locale.id.language.as_str()
    }

    /// Converts a text to upper or lower case by the rules of the language, or returns it unchanged.
    pub fn in_case(&self, text: String, case: Case) -> String {
        let mapper = CaseMapper::new();
        match case {
            Case::Kept => text,
            Case::Upper => mapper.uppercase_to_string(&text, &self.locale.id).into_owned(),
            Case::Lower => mapper.lowercase_to_string(&text, &self.locale.id).into_owned(),
        }
    }

    /// True if the language is written from right to left.
    pub fn is_rtl(&self) -> bool {
        let id = &self.locale.id;
        match id.script.as_ref().map(|script| script.as_str()) {
            Some(script) => matches!(script, "Arab" | "Hebr" | "Thaa" | "Syrc" | "Nkoo" | "Adlm"),
            None => matches!(
                id.language.as_str(),
                "ar" | "he" | "iw" | "fa" | "ur" | "ps" | "sd" | "ug" | "dv" | "yi" | "ckb" | "syr" | "arc"
            ),
        }
    }

    /// Formats the day, such as "Saturday, November 8, 2025"; both days if the end is on another day.
    pub fn days(&self, start: Timestamp, end: Timestamp) -> String {
        let (start, end) = (self.local(start), self.local(end));
        let day = |at: &Zoned| self.date(at, DateStyle::Full);
        if start.date() == end.date() { day(&start) } else { format!("{} – {}", day(&start), day(&end)) }
    }

    /// Formats the hours, such as "2:30 PM – 11:30 PM".
    pub fn hours(&self, start: Timestamp, end: Timestamp) -> String {
        format!("{} – {}", self.hour(&self.local(start)), self.hour(&self.local(end)))
    }

    /// Formats a moment as a layout requests.
    pub fn moment(&self, at: Timestamp, format: Format) -> String {
        let at = self.local(at);
        match format {
            Format::Date(style) => self.date(&at, style),
            Format::Time => self.hour(&at),
            Format::Weekday => self.weekday(&at),
            Format::IsoDate => at.date().to_string(),
            Format::Plain | Format::Amount => format!("{}, {}", self.date(&at, DateStyle::Long), self.hour(&at)),
        }
    }

    /// Formats the month and year, such as "November 2025".
    pub fn month(&self, at: Timestamp) -> String {
        let formatter = DateTimeFormatter::try_new((&self.locale).into(), YM::long()).ok();
        Self::write_date(&self.local(at), formatter, |f, date| f.format(&date).to_string())
    }

    /// Returns the short weekday and the day of the month, such as "Sat" and "8".
    pub fn day_of_month(&self, at: Timestamp) -> (String, String) {
        let at = self.local(at);
        let weekday = DateTimeFormatter::try_new((&self.locale).into(), E::short()).ok();
        let day = DateTimeFormatter::try_new((&self.locale).into(), D::medium()).ok();
        (
            Self::write_date(&at, weekday, |f, date| f.format(&date).to_string()),
            Self::write_date(&at, day, |f, date| f.format(&date).to_string()),
        )
    }

    /// Formats the day with its weekday, such as "Saturday, November 8, 2025".
    pub fn day(&self, at: Timestamp) -> String {
        self.date(&self.local(at), DateStyle::Full)
    }

    /// Formats the hour, such as "2:30 PM".
    pub fn time(&self, at: Timestamp) -> String {
        self.hour(&self.local(at))
    }

    /// True if both moments are on one day.
    pub fn is_one_day(&self, start: Timestamp, end: Timestamp) -> bool {
        self.local(start).date() == self.local(end).date()
    }

    /// Returns a moment with the offset of the zone, such as "2025-11-08T14:30:00+05:30".
    pub fn iso(&self, at: Timestamp) -> String {
        self.local(at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// Returns the place that the zone is named after and its difference to UTC, such as "Kolkata" and "+05:30".
    pub fn zone(&self, at: Timestamp) -> (String, String) {
        let name = self.zone.iana_name().unwrap_or("UTC");
        let place = name.rsplit('/').next().unwrap_or(name).replace('_', " ");
        (place, self.local(at).strftime("%:z").to_string())
    }

    /// Formats a whole number.
    pub fn number(&self, number: i64) -> String {
        DecimalFormatter::try_new((&self.locale).into(), Default::default()).map_or_else(
            |_| number.to_string(),
            |formatter| plain_spaces(&formatter.format(&Decimal::from(number)).to_string()),
        )
    }

    /// Formats a price as shops write it: whole amounts without decimals.
    pub fn price(&self, amount: i64, currency: Currency) -> String {
        let places = u32::from(currency.exponent().unwrap_or(0));
        let written = self.amount(amount, currency, Format::Plain);
        if places == 0 || amount % 10_i64.pow(places) != 0 {
            return written;
        }
        // The decimals are the last digits: zeros, after the separator of the language.
        let zero = self.amount(0, currency, Format::Amount);
        let decimals: String = zero.chars().skip(1).collect();
        written.replacen(&decimals, "", 1)
    }

    /// Formats a price with or without its currency; empty if free.
    pub fn money(&self, price: Price, format: Format) -> String {
        if price.is_free() { String::new() } else { self.amount(price.amount, price.currency, format) }
    }

    /// Formats an amount in the smallest unit of the currency, with or without the currency.
    pub fn amount(&self, amount: i64, currency: Currency, format: Format) -> String {
        let mut number = Decimal::from(amount);
        let places = i16::try_from(currency.exponent().unwrap_or(0)).unwrap_or(0);
        number.multiply_pow10(-places);
        number.absolute.pad_end(-places);
        let number = DecimalFormatter::try_new((&self.locale).into(), Default::default())
            .map_or_else(|_| number.to_string(), |formatter| plain_spaces(&formatter.format(&number).to_string()));
        let sign = sign(currency);
        match format {
            Format::Amount => number,
            // A currency sign of letters is separated by a space.
            _ if self.sign_leads() && sign.ends_with(char::is_alphanumeric) => format!("{sign}\u{a0}{number}"),
            _ if self.sign_leads() => format!("{sign}{number}"),
            _ => format!("{number}\u{a0}{sign}"),
        }
    }

    /// True if the currency comes before the number.
    fn sign_leads(&self) -> bool {
        let language = self.locale.id.language.as_str();
        matches!(
            language,
            "en" | "hi"
                | "bn"
                | "ta"
                | "te"
                | "kn"
                | "ml"
                | "mr"
                | "gu"
                | "pa"
                | "ja"
                | "zh"
                | "ko"
                | "th"
                | "id"
                | "ms"
                | "fil"
                | "nl"
                | "tr"
                | "und"
        )
    }

    fn local(&self, at: Timestamp) -> Zoned {
        at.to_zoned(self.zone.clone())
    }

    fn date(&self, at: &Zoned, style: DateStyle) -> String {
        macro_rules! write {
            ($fields:expr) => {
                Self::write_date(at, DateTimeFormatter::try_new((&self.locale).into(), $fields).ok(), |f, date| {
                    f.format(&date).to_string()
                })
            };
        }
        match style {
            DateStyle::Full => write!(YMDE::long()),
            DateStyle::Long => write!(YMD::long()),
            DateStyle::Medium => write!(YMD::medium()),
            DateStyle::Short => write!(YMD::short()),
        }
    }

    fn weekday(&self, at: &Zoned) -> String {
        let formatter = DateTimeFormatter::try_new((&self.locale).into(), E::long()).ok();
        Self::write_date(at, formatter, |f, date| f.format(&date).to_string())
    }

    fn write_date<F>(at: &Zoned, formatter: Option<F>, write: impl Fn(F, Date<icu_calendar::Iso>) -> String) -> String {
        let iso = Date::try_new_iso(at.year().into(), at.month().unsigned_abs(), at.day().unsigned_abs()).ok();
        let written = formatter.zip(iso).map(|(formatter, date)| plain_spaces(&write(formatter, date)));
        written.unwrap_or_else(|| at.date().to_string())
    }

    fn hour(&self, at: &Zoned) -> String {
        let time = || Time::try_new(at.hour().unsigned_abs(), at.minute().unsigned_abs(), 0, 0).ok();
        NoCalendarFormatter::try_new((&self.locale).into(), T::hm()).ok().zip(time()).map_or_else(
            || at.time().to_string(),
            |(formatter, time)| plain_spaces(&formatter.format(&time).to_string()),
        )
    }
}

/// Currency signs that mean one currency only and are common in its country.
const SIGNS: [&str; 15] = ["€", "₹", "₩", "₺", "₽", "₫", "฿", "₪", "₱", "₴", "₦", "₡", "zł", "Kč", "Ft"];

/// Returns the sign, such as ₹ or €, if it is unambiguous or widely known; otherwise the currency code.
fn sign(currency: Currency) -> String {
    let symbol = currency.symbol().symbol;
    let main = matches!(currency, Currency::USD | Currency::GBP | Currency::JPY);
    if main || SIGNS.contains(&symbol.as_str()) { symbol } else { currency.code().to_owned() }
}

/// Replaces the narrow spaces of locale data, which some fonts lack, with no-break spaces.
fn plain_spaces(text: &str) -> String {
    text.replace(['\u{202f}', '\u{2009}'], "\u{a0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.replace('\u{a0}', " ")
    }

    fn when(ends_at: &str, zone: &str, language: &str) -> (String, String) {
        let (start, end) = ("2025-11-08T09:00:00Z".parse().unwrap(), ends_at.parse().unwrap());
        let formatter = LocaleFormatter::new(zone, language);
        (plain(&formatter.days(start, end)), plain(&formatter.hours(start, end)))
    }

    #[test]
    fn a_date_is_in_the_events_language_and_zone() {
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

    #[test]
    fn a_layout_chooses_how_a_moment_is_written() {
        let formatter = LocaleFormatter::new("Europe/Berlin", "en");
        let at = "2025-11-08T09:00:00Z".parse().unwrap();
        for (format, text) in [
            (Format::Plain, "November 8, 2025, 10:00 AM"),
            (Format::Date(DateStyle::Full), "Saturday, November 8, 2025"),
            (Format::Date(DateStyle::Medium), "Nov 8, 2025"),
            (Format::Date(DateStyle::Short), "11/8/25"),
            (Format::Time, "10:00 AM"),
            (Format::Weekday, "Saturday"),
            (Format::IsoDate, "2025-11-08"),
        ] {
            assert_eq!(plain(&formatter.moment(at, format)), text);
        }
    }

    #[test]
    fn a_whole_price_has_no_decimals() {
        for (language, amount, currency, text) in [
            ("en", 120_000, "INR", "₹1,200"),
            ("en", 120_050, "INR", "₹1,200.50"),
            ("de", 3_800, "EUR", "38 €"),
            ("en", 100, "EUR", "€1"),
            ("en", 3_500, "JPY", "¥3,500"),
            ("en", 10_000_000, "EUR", "€100,000"),
            ("en", 12_000, "KWD", "KWD 12"),
        ] {
            let price = Price::new(amount, currency).unwrap();
            assert_eq!(plain(&LocaleFormatter::new("UTC", language).price(price.amount, price.currency)), text);
        }
        let arabic = LocaleFormatter::new("UTC", "ar").price(25_000, Currency::EGP);
        assert!(!arabic.contains('٫'), "{arabic}");
    }

    #[test]
    fn a_list_of_events_names_months_and_days() {
        let formatter = LocaleFormatter::new("Asia/Kolkata", "en");
        let at = "2025-11-08T09:00:00Z".parse().unwrap();
        assert_eq!(formatter.month(at), "November 2025");
        assert_eq!(formatter.day_of_month(at), ("Sat".to_owned(), "8".to_owned()));
        assert_eq!(formatter.zone(at), ("Kolkata".to_owned(), "+05:30".to_owned()));
        assert_eq!(formatter.iso(at), "2025-11-08T14:30:00+05:30");
    }

    #[test]
    fn capitals_are_those_of_the_language() {
        let upper =
            |language: &str, text: &str| LocaleFormatter::new("UTC", language).in_case(text.into(), Case::Upper);
        assert_eq!(upper("tr", "istanbul"), "İSTANBUL");
        assert_eq!(upper("en", "istanbul"), "ISTANBUL");
        assert_eq!(upper("el", "μαΐου"), "ΜΑΪΟΥ");
        assert_eq!(upper("de", "straße"), "STRASSE");
    }

    #[test]
    fn money_follows_the_rules_of_its_language() {
        for (language, amount, currency, text) in [
            ("en", 150_000, "INR", "₹1,500.00"),
            ("de", 150_000, "EUR", "1.500,00 €"),
            ("en", 1_500, "JPY", "¥1,500"),
            ("en", 1_250, "CHF", "CHF 12.50"),
            ("en", 1_250, "AUD", "AUD 12.50"),
            ("hi", 10_000_000, "INR", "₹1,00,000.00"),
            ("en", 0, "EUR", ""),
        ] {
            let price = Price::new(amount, currency).unwrap();
            assert_eq!(plain(&LocaleFormatter::new("UTC", language).money(price, Format::Plain)), text);
        }
        let price = Price::new(1_250, "EUR").unwrap();
        assert_eq!(LocaleFormatter::new("UTC", "en").money(price, Format::Amount), "12.50");
    }
}
