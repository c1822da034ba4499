//! Retention: the age at which files and addresses are removed.

use super::{
    Sources,
    key::{keys, number},
};
use crate::actors::RetentionSettings;

keys! {
    TICKETS_DAYS = number("retention.tickets_days", 0, 0..=36_500,
        "Days after the end of an event until its tickets are removed from storage; 0 keeps them.");
    CODES_DAYS = number("retention.codes_days", 0, 0..=36_500, "The same for images of codes.");
    CONFIRMATIONS_DAYS = number("retention.confirmations_days", 0, 0..=36_500, "The same for confirmations.");
    INVOICES_DAYS = number("retention.invoices_days", 0, 0..=36_500,
        "Days after the date of an invoice until it is removed; 0 keeps it.");
    SHORTEN_AFTER_DAYS = number("downloads.shorten_after_days", 30, 0..=36_500,
        "Days until the IP address of a download is shortened to its network; 0 keeps it.");
}

/// Reads the age at which files are removed.
pub fn read(sources: &mut Sources) -> RetentionSettings {
    RetentionSettings {
        tickets_days: TICKETS_DAYS.number::<u16>(sources).into(),
        codes_days: CODES_DAYS.number::<u16>(sources).into(),
        confirmations_days: CONFIRMATIONS_DAYS.number::<u16>(sources).into(),
        invoices_days: INVOICES_DAYS.number::<u16>(sources).into(),
    }
}

/// Reads the age at which addresses of downloads are shortened, in days.
pub fn read_shorten_after_days(sources: &mut Sources) -> i32 {
    SHORTEN_AFTER_DAYS.number::<u16>(sources).into()
}
