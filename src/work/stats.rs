//! Figures of an event for its organizer.

use std::sync::Arc;

use super::{Caller, Records, Refusal};
use crate::{
    db::{DocumentCount, DownloadCount, DownloadDay, HourCount, SaleCount},
    domain::{EventSetup, Scope},
};

/// Largest number of hours with sales in the figures: four weeks.
const MAX_HOURS: i64 = 24 * 28;
/// Largest number of days with downloads in the figures.
const MAX_DAYS: i32 = 90;

/// The present figures of an event.
#[derive(Debug)]
pub struct Stats {
    pub setup: Arc<EventSetup>,
    pub sales: Vec<SaleCount>,
    pub hours: Vec<HourCount>,
    pub documents: Vec<DocumentCount>,
    pub downloads: Vec<DownloadCount>,
    pub download_days: Vec<DownloadDay>,
}

/// Reads the figures of the caller's event.
pub async fn of_event(records: &Records, caller: &Caller, event: &str) -> Result<Stats, Refusal> {
    let setup = records.own_event(caller, Scope::RegistrationsRead, event).await?;
    let _permit = records.read_permit(setup.event.organizer).await?;
    let (database, key) = (&records.database, setup.event.key);
    Ok(Stats {
        sales: database.sale_counts(key).await?,
        hours: database.sales_over_time(key, MAX_HOURS).await?,
        documents: database.document_counts(key).await?,
        downloads: database.download_counts(key).await?,
        download_days: database.downloads_by_day(key, MAX_DAYS).await?,
        setup,
    })
}
