//! Lists and searches of an event's registrations: by the names and addresses of their tickets, type and status.
//!
//! A sale writes nothing for searches. Tickets of registrations up to a mark have rows in `ticket_search` with an index;
//! they are added after the sale. Newer tickets are read and compared here.

use tokio_postgres::types::ToSql;

use super::{Database, DbError};
use crate::domain::{
    Attendee, EventKey, RegistrationStatus, TypeNumber, normal_address, rare_texts, ticket_search, ticket_words,
};

/// Filter for a listing of registrations.
#[derive(Debug, Clone, Default)]
pub struct RegistrationFilter {
    pub type_number: Option<TypeNumber>,
    pub status: Option<RegistrationStatus>,
    /// Parts of a name and of an e-mail address.
    pub search: Option<String>,
    /// The number of a registration id, if the search is one.
    pub number: Option<i32>,
    /// Number of the last registration of the page before.
    pub before: Option<i32>,
    pub limit: i64,
}

/// Registrations whose tickets are read at once if they have no words yet.
const READ_AT_ONCE: i64 = 500;
/// Numbers that a search goes through one after another, the newest first, before it uses the index: a common word is
/// found in them often enough.
const WALKED: i32 = 5000;

/// Result of adding words of tickets.
#[derive(Debug, Clone, Copy)]
pub struct AddedWords {
    /// True if many more tickets may lack words.
    pub more: bool,
    /// True if their event is selling at the moment.
    pub on_sale: bool,
}

/// Numbers below `before` and above `after`.
#[derive(Debug, Clone, Copy)]
struct Range {
    after: i32,
    before: i32,
}

impl Database {
    /// Adds the words of the tickets of `registrations` that lack them.
    pub async fn add_ticket_words(&self, registrations: i32) -> Result<AddedWords, DbError> {
        let sql = include_str!("queries/search/behind.sql");
        let rows = self.rows("reading tickets without words", sql, &[&registrations]).await?;
        let Some(first) = rows.first() else { return Ok(AddedWords { more: false, on_sale: false }) };
        let (event, last): (i32, i32) = (first.get("event_key"), first.get("last"));
        let added = AddedWords { more: first.get("full"), on_sale: first.get("on_sale") };
        let mut columns =
            (Vec::<i32>::new(), Vec::<i16>::new(), Vec::<i16>::new(), Vec::<String>::new(), Vec::<String>::new());
        // Without a ticket, the row has only the event: an import may have left out these numbers.
        for row in rows.iter().filter(|row| row.get::<_, Option<i16>>("type_number").is_some()) {
            columns.0.push(row.get("number"));
            columns.1.push(row.get("position"));
            columns.2.push(row.get("type_number"));
            let attendee = Attendee { name: row.get("name"), email: row.get("email") };
            columns.3.push(ticket_words(&attendee));
            columns.4.push(normal_address(&attendee.email));
        }
        let (numbers, positions, types, words, addresses) = columns;
        let sql = include_str!("queries/search/add.sql");
        let params: [&(dyn ToSql + Sync); 7] = [&event, &numbers, &positions, &types, &words, &last, &addresses];
        self.rows("adding words of tickets", sql, &params).await?;
        Ok(added)
    }

    /// Returns the numbers of the registrations that match a filter, the newest first.
    pub(super) async fn matching_numbers(
        &self,
        event: EventKey,
        filter: &RegistrationFilter,
    ) -> Result<Vec<i32>, DbError> {
        let all = Range { after: 0, before: filter.before.unwrap_or(i32::MAX) };
        if let Some(number) = filter.number {
            let only = Range { after: number - 1, before: number.saturating_add(1).min(all.before) };
            return self.newest(event, filter, only).await;
        }
        let search = filter.search.as_deref().map(str::trim).filter(|search| !search.is_empty());
        let texts = search.map(ticket_search).unwrap_or_default();
        if search.is_some() && texts.is_empty() {
            // Nothing but punctuation is in no name.
            return Ok(Vec::new());
        }
        if filter.status.is_some_and(|status| status != RegistrationStatus::Confirmed) && texts.is_empty() {
            let (of_type, status) = filter.codes();
            let sql = include_str!("queries/registrations/of_status.sql");
            let params: [&(dyn ToSql + Sync); 5] = [&event.0, &of_type, &status, &all.before, &filter.limit];
            return self.numbers(sql, &params).await;
        }
        if texts.is_empty() && filter.type_number.is_none() {
            return self.newest(event, filter, all).await;
        }
        let row = self.row("reading the mark", include_str!("queries/search/progress.sql"), &[&event.0]).await?;
        let mark = row.map_or(0, |row| row.get("indexed_to"));
        let new = Range { after: mark, ..all };
        let old = Range { after: 0, before: all.before.min(mark.saturating_add(1)) };
        let mut numbers = match texts.is_empty() {
            true => self.newest(event, filter, new).await?,
            false => self.without_words(event, filter, new, &texts).await?,
        };
        if let Some(more) = filter.more_than(&numbers) {
            numbers.extend(match texts.is_empty() {
                true => self.of_type(event, &more, old).await?,
                false => self.with_words(event, &more, old, &texts).await?,
            });
        }
        Ok(numbers)
    }

    async fn newest(&self, event: EventKey, filter: &RegistrationFilter, range: Range) -> Result<Vec<i32>, DbError> {
        let (of_type, status) = filter.codes();
        let sql = include_str!("queries/registrations/newest.sql");
        self.numbers(sql, &[&event.0, &of_type, &status, &range.after, &range.before, &filter.limit]).await
    }

    async fn of_type(&self, event: EventKey, filter: &RegistrationFilter, range: Range) -> Result<Vec<i32>, DbError> {
        let (of_type, status) = filter.codes();
        let sql = include_str!("queries/search/of_type.sql");
        self.numbers(sql, &[&event.0, &of_type, &status, &range.before, &filter.limit]).await
    }

    /// Finds the texts in tickets that may have no words in the database yet.
    async fn without_words(
        &self,
        event: EventKey,
        filter: &RegistrationFilter,
        mut range: Range,
        texts: &[String],
    ) -> Result<Vec<i32>, DbError> {
        let (of_type, status) = filter.codes();
        let sql = include_str!("queries/search/not_indexed.sql");
        let mut found = Vec::new();
        while range.after + 1 < range.before {
            let params: [&(dyn ToSql + Sync); 6] =
                [&event.0, &of_type, &status, &range.after, &range.before, &READ_AT_ONCE];
            let rows = self.rows("searching new registrations", sql, &params).await?;
            let Some(last) = rows.last() else { break };
            range.before = last.get("number");
            for row in &rows {
                let words = ticket_words(&Attendee { name: row.get("name"), email: row.get("email") });
                let number: i32 = row.get("number");
                if found.last() != Some(&number) && texts.iter().all(|text| words.contains(text)) {
                    found.push(number);
                }
            }
            if filter.more_than(&found).is_none() {
                found.truncate(usize::try_from(filter.limit).unwrap_or(usize::MAX));
                break;
            }
        }
        Ok(found)
    }

    /// Finds the texts in the words of tickets: in the newest ones one after another, in the others by the index.
    async fn with_words(
        &self,
        event: EventKey,
        filter: &RegistrationFilter,
        range: Range,
        texts: &[String],
    ) -> Result<Vec<i32>, DbError> {
        let pattern = |text: &String| format!("%{text}%");
        let patterns: Vec<_> = texts.iter().map(pattern).collect();
        let (of_type, status) = filter.codes();
        let middle = range.before.saturating_sub(WALKED).max(range.after);
        let sql = include_str!("queries/search/walk.sql");
        let params: [&(dyn ToSql + Sync); 7] =
            [&event.0, &of_type, &status, &middle, &range.before, &patterns, &filter.limit];
        let mut numbers = self.numbers(sql, &params).await?;
        let Some(more) = filter.more_than(&numbers).filter(|_| middle > range.after) else { return Ok(numbers) };
        let rare: Vec<_> = filter.search.iter().flat_map(|search| rare_texts(search)).collect();
        let [a, b, c] = [0, 1, 2].map(|i| pattern(rare.get(i).or(rare.first()).unwrap_or(&texts[0])));
        let sql = include_str!("queries/search/look_up.sql");
        let (below, limit) = (middle + 1, more.limit);
        let params: [&(dyn ToSql + Sync); 9] = [&event.0, &of_type, &status, &below, &a, &b, &c, &patterns, &limit];
        let rows = self.long_rows("searching registrations", sql, &params).await?;
        numbers.extend(rows.iter().map(|row| row.get::<_, i32>("number")));
        Ok(numbers)
    }

    async fn numbers(&self, sql: &str, params: &[&(dyn ToSql + Sync)]) -> Result<Vec<i32>, DbError> {
        let rows = self.rows("searching registrations", sql, params).await?;
        Ok(rows.iter().map(|row| row.get("number")).collect())
    }
}

impl RegistrationFilter {
    /// Returns the numbers of type and status.
    fn codes(&self) -> (Option<i16>, Option<i16>) {
        (self.type_number.map(|t| t.0), self.status.map(RegistrationStatus::number))
    }

    /// Returns the filter with the rest of the limit. `None` if `found` reaches the limit.
    fn more_than(&self, found: &[i32]) -> Option<Self> {
        let limit = self.limit.saturating_sub(i64::try_from(found.len()).unwrap_or(i64::MAX));
        (limit > 0).then(|| Self { limit, ..self.clone() })
    }
}
