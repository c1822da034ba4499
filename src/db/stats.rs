//! Statistics of an event.

use jiff::Timestamp;

use super::{Database, DbError};
use crate::domain::{DocumentState, EventKey, RegistrationStatus, TypeNumber, currency_code};

/// Registrations of one type, status and currency.
#[derive(Debug, Clone, Copy)]
pub struct SaleCount {
    pub type_number: TypeNumber,
    pub status: RegistrationStatus,
    pub registrations: i64,
    pub tickets: i64,
    /// Amount paid and not cancelled, in minor units.
    pub paid: i64,
    /// `None` if free.
    pub currency: Option<&'static str>,
}

/// Tickets sold in one hour.
#[derive(Debug, Clone, Copy)]
pub struct HourCount {
    pub hour: Timestamp,
    pub tickets: i64,
}

/// Documents in one state.
#[derive(Debug, Clone, Copy)]
pub struct DocumentCount {
    pub state: DocumentState,
    pub documents: i64,
    pub bytes: i64,
}

/// Downloads with one mode and source.
#[derive(Debug, Clone)]
pub struct DownloadCount {
    pub automatic: bool,
    pub served_from: String,
    pub downloads: i64,
}

/// Downloads of one type on one day.
#[derive(Debug, Clone)]
pub struct DownloadDay {
    /// As `2025-11-08`, in the event's time zone.
    pub day: String,
    pub type_number: TypeNumber,
    pub downloads: i64,
}

impl Database {
    /// Counts the downloads of the last `days` days by day and ticket type.
    pub async fn downloads_by_day(&self, event: EventKey, days: i32) -> Result<Vec<DownloadDay>, DbError> {
        let sql = include_str!("queries/stats/downloads_by_day.sql");
        let rows = self.rows("counting downloads by day", sql, &[&event.0, &days]).await?;
        let counts = rows.iter().map(|row| DownloadDay {
            day: row.get("day"),
            type_number: TypeNumber(row.get("type_number")),
            downloads: row.get("downloads"),
        });
        Ok(counts.collect())
    }

    /// Sums up at most `limit` changes of sales and of documents. Returns true if there may be more.
    pub async fn sum_up_changes(&self, limit: i64) -> Result<bool, DbError> {
        let mut more = false;
        for sql in [include_str!("queries/stats/sum_up_sales.sql"), include_str!("queries/stats/sum_up_documents.sql")]
        {
            let row = self.row("summing up changes", sql, &[&limit]).await?;
            more |= row.is_some_and(|row| row.get::<_, i64>("changes") >= limit);
        }
        Ok(more)
    }

    /// Counts registrations by type, status and currency.
    pub async fn sale_counts(&self, event: EventKey) -> Result<Vec<SaleCount>, DbError> {
        let doing = "counting sales";
        let rows = self.rows(doing, include_str!("queries/stats/sales.sql"), &[&event.0]).await?;
        rows.iter()
            .map(|row| {
                Ok(SaleCount {
                    type_number: TypeNumber(row.get("type_number")),
                    status: RegistrationStatus::from_number(row.get("status"))
                        .ok_or(DbError::Unexpected { doing, what: "status" })?,
                    registrations: row.get("registrations"),
                    tickets: row.get("tickets"),
                    paid: row.get("paid"),
                    currency: row.get::<_, Option<&str>>("currency").and_then(currency_code),
                })
            })
            .collect()
    }

    /// Counts the tickets of the last `hours` hours with sales, the newest first.
    pub async fn sales_over_time(&self, event: EventKey, hours: i64) -> Result<Vec<HourCount>, DbError> {
        let sql = include_str!("queries/stats/over_time.sql");
        let rows = self.rows("counting sales by the hour", sql, &[&event.0, &hours]).await?;
        Ok(rows.iter().map(|row| HourCount { hour: row.get("hour"), tickets: row.get("tickets") }).collect())
    }

    /// Counts documents of kind tickets by state.
    pub async fn document_counts(&self, event: EventKey) -> Result<Vec<DocumentCount>, DbError> {
        let doing = "counting documents";
        let rows = self.rows(doing, include_str!("queries/stats/documents.sql"), &[&event.0]).await?;
        rows.iter()
            .map(|row| {
                Ok(DocumentCount {
                    state: DocumentState::from_number(row.get("state"))
                        .ok_or(DbError::Unexpected { doing, what: "state" })?,
                    documents: row.get("documents"),
                    bytes: row.get("bytes"),
                })
            })
            .collect()
    }

    /// Counts downloads by mode and source.
    pub async fn download_counts(&self, event: EventKey) -> Result<Vec<DownloadCount>, DbError> {
        let rows = self.rows("counting downloads", include_str!("queries/stats/downloads.sql"), &[&event.0]).await?;
        Ok(rows
            .iter()
            .map(|row| DownloadCount {
                automatic: row.get("automatic"),
                served_from: row.get("served_from"),
                downloads: row.get("downloads"),
            })
            .collect())
    }
}
