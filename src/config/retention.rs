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
    MAILS_DAYS = number("retention.mails_days", 400, 0..=36_500,
        "Days until the copy of a message is removed; 0 keeps it. Its state stays.");
    JOBS_DAYS = number("retention.jobs_days", 400, 0..=36_500, "Days until a job that has ended is deleted; 0 keeps it.");
    DOWNLOADS_DAYS = number("retention.downloads_days", 800, 0..=36_500,
        "Days until the record of a download is deleted; the figures keep it. 0 keeps the record.");
    TRASH_DAYS = number("retention.trash_days", 30, 0..=36_500,
        "Days that orphaned objects stay in the bucket under trash/ before they are deleted.");
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
        mails_days: MAILS_DAYS.number::<u16>(sources).into(),
        jobs_days: JOBS_DAYS.number::<u16>(sources).into(),
        downloads_days: DOWNLOADS_DAYS.number::<u16>(sources).into(),
        trash_days: TRASH_DAYS.number(sources),
    }
}

/// Reads the age at which addresses of downloads are shortened, in days.
pub fn read_shorten_after_days(sources: &mut Sources) -> i32 {
    SHORTEN_AFTER_DAYS.number::<u16>(sources).into()
}
