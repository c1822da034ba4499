//! Events, their ticket types, seat counters and signing keys.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{
    Database, DbError, EventName,
    columns::{CHANGE_EVENT, CHANGE_TYPE, CREATE_EVENT, CREATE_TYPE, columns_of, columns_of_event, draft_from},
    layouts::Layouts,
};
use crate::domain::{
    Event, EventDraft, EventId, EventKey, EventSetup, EventSigner, EventStatus, MessageKind, OrganizerKey,
    RemainingSeats, Secret, TicketType, TicketTypeDraft, TypeNumber, search_patterns,
};

/// A new event with its ticket types.
#[derive(Debug)]
pub struct NewEvent<'a> {
    pub organizer: OrganizerKey,
    pub draft: &'a EventDraft,
    pub types: &'a [TicketTypeDraft],
}

/// The secret half of a new signing key, which determines the public half.
pub struct SigningKeySeed(pub [u8; 32]);

/// A public key, with which gates verify codes.
#[derive(Debug, Clone)]
pub struct PublicKey {
    pub id: u8,
    pub bytes: [u8; 32],
    pub created_at: Timestamp,
}

/// Filter for a listing of published events.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    /// Words to find in title, description, venue and category, in any order.
    pub search: Option<String>,
    /// All events of this organizer, also drafts; `None`: published events of all.
    pub organizer: Option<OrganizerKey>,
    pub status: Option<EventStatus>,
    pub category: Option<String>,
    /// Words to find in the venue and its address.
    pub place: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    /// Start and key of the last event of the page before.
    pub after: Option<(Timestamp, EventKey)>,
    pub limit: i64,
}

/// A page of published events by start.
#[derive(Debug)]
pub struct EventPage {
    /// Keys with the start of each event.
    pub events: Vec<(EventKey, Timestamp)>,
}

/// Change that registrants are told of.
#[derive(Debug)]
pub struct EventNotice {
    pub kind: MessageKind,
    /// The facts as they were.
    pub before: Value,
}

const READING: &str = "reading an event";

impl Database {
    /// Creates an event, its types and its first signing key.
    pub async fn create_event(
        &self,
        new: NewEvent<'_>,
        key: &SigningKeySeed,
        secret: &Secret,
    ) -> Result<EventId, DbError> {
        let id = EventId(Uuid::now_v7());
        let (draft, types) = (columns_of_event(new.draft), new.types.iter().map(columns_of).collect::<Value>());
        let public = EventSigner::public_key(&key.0);
        let sealed = secret.seal(&key.0, id.0.as_bytes());
        let params: [&(dyn ToSql + Sync); 6] = [&id.0, &new.organizer.0, &draft, &public.as_slice(), &sealed, &types];
        self.rows("creating an event", &CREATE_EVENT, &params).await?;
        Ok(id)
    }

    /// Updates every field of an event. `false`, with no change, if the event was changed since `event` was read.
    /// `fields` are the changed ones, for the audit log; the registrants get a `notice`.
    pub async fn update_event(
        &self,
        event: &Event,
        draft: &EventDraft,
        fields: &[String],
        notice: Option<&EventNotice>,
        actor: &str,
    ) -> Result<bool, DbError> {
        let draft = columns_of_event(draft);
        let (before, kind) = (notice.map(|notice| &notice.before), notice.map(|notice| notice.kind.number()));
        let params: [&(dyn ToSql + Sync); 7] = [&event.key.0, &draft, &event.revision, &actor, &fields, &before, &kind];
        Ok(!self.rows("changing an event", &CHANGE_EVENT, &params).await?.is_empty())
    }

    /// Adds a ticket type.
    pub async fn create_ticket_type(&self, event: EventKey, draft: &TicketTypeDraft) -> Result<(), DbError> {
        let params: [&(dyn ToSql + Sync); 2] = [&event.0, &columns_of(draft)];
        self.rows("adding a ticket type", &CREATE_TYPE, &params).await.map(drop)
    }

    /// True if any ticket of a type was ever sold for money.
    pub async fn was_sold(&self, event: EventKey, number: TypeNumber) -> Result<bool, DbError> {
        let sql = include_str!("queries/ticket_types/has_sold.sql");
        Ok(self.row("reading sales of a ticket type", sql, &[&event.0, &number.0]).await?.is_some())
    }

    /// Updates every field of a ticket type. `false`, with no change, if the event was changed since `event` was read.
    pub async fn update_ticket_type(
        &self,
        event: &Event,
        number: TypeNumber,
        draft: &TicketTypeDraft,
    ) -> Result<bool, DbError> {
        let params: [&(dyn ToSql + Sync); 4] = [&event.key.0, &number.0, &columns_of(draft), &event.revision];
        Ok(!self.rows("changing a ticket type", &CHANGE_TYPE, &params).await?.is_empty())
    }

    /// Reads an event with its types, newest signing key and layout.
    pub(super) async fn event_setup(
        &self,
        name: &EventName,
        secret: &Secret,
        layouts: &Layouts,
    ) -> Result<Option<EventSetup>, DbError> {
        let (slug, id, code, key) = match name {
            EventName::Slug(slug) => (Some(slug.as_str()), None, None, None),
            EventName::Id(id) => (None, Some(id.0), None, None),
            EventName::Code(code) => (None, None, Some(code.as_str()), None),
            EventName::Key(key) => (None, None, None, Some(key.0)),
        };
        let sql = include_str!("queries/events/setup.sql");
        let Some(row) = self.row(READING, sql, &[&slug, &id, &code, &key]).await? else { return Ok(None) };
        let event = event_from(&row)?;
        let signer = signer_from(&row, event.id, secret)?;
        let types = self.ticket_types(&[event.key]).await?.remove(&event.key).unwrap_or_default();
        let layout = match row.get("layout_version") {
            Some(version) => Some(layouts.of(self, event.key, version).await?),
            None => None,
        };
        Ok(Some(EventSetup::new(event, types, signer, layout)))
    }

    async fn ticket_types(&self, events: &[EventKey]) -> Result<HashMap<EventKey, Vec<TicketType>>, DbError> {
        let keys: Vec<_> = events.iter().map(|key| key.0).collect();
        let sql = include_str!("queries/ticket_types/of_events.sql");
        let mut types = HashMap::<_, Vec<_>>::new();
        for row in self.rows("reading ticket types", sql, &[&keys]).await? {
            types.entry(EventKey(row.get("event_key"))).or_default().push(type_from(&row)?);
        }
        Ok(types)
    }

    /// Counts the events of an organizer, up to `most`.
    pub async fn count_events(&self, organizer: OrganizerKey, most: i64) -> Result<i64, DbError> {
        let sql = include_str!("queries/events/count_of_organizer.sql");
        let row = self.row("counting events", sql, &[&organizer.0, &most]).await?;
        Ok(row.map_or(0, |row| row.get("events")))
    }

    /// Returns a page of the published events.
    pub async fn list_events(&self, filter: &EventFilter) -> Result<EventPage, DbError> {
        let search = search_patterns(filter.search.as_deref().unwrap_or_default());
        let place = search_patterns(filter.place.as_deref().unwrap_or_default());
        let organizer = filter.organizer.map(|key| key.0);
        let (after_at, after_key) = filter.after.map(|(at, key)| (at, key.0)).unzip();
        let rows = self
            .rows(
                "listing events",
                include_str!("queries/events/list.sql"),
                &[
                    &search,
                    &filter.category,
                    &filter.from,
                    &filter.to,
                    &after_at,
                    &after_key,
                    &filter.limit,
                    &organizer,
                    &filter.status.map(EventStatus::name),
                    &place,
                ],
            )
            .await?;
        Ok(EventPage { events: rows.iter().map(|row| (EventKey(row.get(0)), row.get(1))).collect() })
    }

    /// Returns the categories of published events that are not over at a moment, those of most events first.
    pub async fn categories(&self, now: Timestamp, most: i64) -> Result<Vec<String>, DbError> {
        let sql = include_str!("queries/events/categories.sql");
        let rows = self.rows("listing categories", sql, &[&now, &most]).await?;
        Ok(rows.iter().map(|row| row.get("category")).collect())
    }

    /// Returns the slugs of published events that are not long over, at most `most`.
    pub async fn public_slugs(&self, since: Timestamp, most: i64) -> Result<Vec<String>, DbError> {
        let sql = include_str!("queries/events/public_slugs.sql");
        let rows = self.rows("listing public events", sql, &[&since, &most]).await?;
        Ok(rows.iter().map(|row| row.get("slug")).collect())
    }

    /// Returns the facts of an event as its registrants knew them before its last change. `None` if it never changed.
    pub async fn facts_before(&self, event: EventKey) -> Result<Option<Value>, DbError> {
        let sql = include_str!("queries/events/facts_before.sql");
        Ok(self.row("reading a change of an event", sql, &[&event.0]).await?.map(|row| row.get("before")))
    }

    /// Returns the free seats of some events and of their types.
    pub async fn remaining_seats(&self, events: &[EventKey]) -> Result<HashMap<EventKey, RemainingSeats>, DbError> {
        let keys: Vec<_> = events.iter().map(|key| key.0).collect();
        let mut left = HashMap::<_, RemainingSeats>::new();
        for row in self.rows("counting seats", include_str!("queries/events/remaining.sql"), &[&keys]).await? {
            let seats = row.get::<_, Option<i32>>("capacity").map(|capacity| capacity - row.get::<_, i32>("sold"));
            let remaining = left
                .entry(EventKey(row.get("event_key")))
                .or_insert_with(|| RemainingSeats { event: None, types: BTreeMap::new() });
            match row.get("type_number") {
                0 => remaining.event = seats,
                number => drop(remaining.types.insert(TypeNumber(number), seats)),
            }
        }
        Ok(left)
    }

    /// Adds a signing key to an event; older keys still verify. `None` if all 255 key ids are used.
    pub async fn rotate_key(
        &self,
        event: &Event,
        key: &SigningKeySeed,
        secret: &Secret,
        actor: &str,
    ) -> Result<Option<u8>, DbError> {
        let sealed = secret.seal(&key.0, event.id.0.as_bytes());
        let public = EventSigner::public_key(&key.0);
        let sql = include_str!("queries/signing_keys/rotate.sql");
        let row = self.row("rotating a signing key", sql, &[&event.key.0, &public.as_slice(), &sealed, &actor]).await?;
        row.as_ref().map(key_id).transpose()
    }

    /// Encrypts all signing keys anew with the present secret. Returns their number.
    pub async fn reseal_signing_keys(&self, secret: &Secret) -> Result<usize, DbError> {
        let rows = self.rows("reading signing keys", include_str!("queries/signing_keys/all.sql"), &[]).await?;
        for row in &rows {
            let (before, event): (Vec<u8>, Uuid) = (row.get("sealed_secret"), row.get("event_id"));
            let sealed = secret.seal(&secret.open(&before, event.as_bytes())?, event.as_bytes());
            let key: (i32, i16) = (row.get("event_key"), row.get("key_id"));
            let sql = include_str!("queries/signing_keys/reseal.sql");
            self.rows("encrypting a signing key", sql, &[&key.0, &key.1, &before, &sealed]).await?;
        }
        Ok(rows.len())
    }

    /// Returns the public keys of an event.
    pub async fn public_keys(&self, event: EventKey) -> Result<Vec<PublicKey>, DbError> {
        let doing = "reading public keys";
        let rows = self.rows(doing, include_str!("queries/signing_keys/list.sql"), &[&event.0]).await?;
        rows.iter()
            .map(|row| {
                Ok(PublicKey {
                    id: key_id(row)?,
                    bytes: row
                        .get::<_, &[u8]>("public_key")
                        .try_into()
                        .map_err(|_| DbError::Unexpected { doing, what: "key length" })?,
                    created_at: row.get("created_at"),
                })
            })
            .collect()
    }
}

fn key_id(row: &Row) -> Result<u8, DbError> {
    u8::try_from(row.get::<_, i16>("key_id")).map_err(|_| DbError::Unexpected { doing: READING, what: "key id" })
}

fn event_from(row: &Row) -> Result<Event, DbError> {
    let draft: EventDraft = draft_from(row, READING)?;
    Ok(Event {
        key: EventKey(row.get("event_key")),
        id: EventId(row.get("event_id")),
        organizer: OrganizerKey(row.get("organizer_key")),
        organizer_name: row.get("organizer_name"),
        code: draft.code.parse().map_err(|_| DbError::Unexpected { doing: READING, what: "code" })?,
        revision: row.get("revision"),
        draft,
    })
}

fn signer_from(row: &Row, event: EventId, secret: &Secret) -> Result<EventSigner, DbError> {
    let opened = secret.open(row.get("sealed_secret"), event.0.as_bytes())?;
    let key = opened.as_slice().try_into().map_err(|_| DbError::Unexpected { doing: READING, what: "key length" })?;
    Ok(EventSigner::new(event, key_id(row)?, key))
}

fn type_from(row: &Row) -> Result<TicketType, DbError> {
    let doing = "reading ticket types";
    let draft = draft_from(row, doing)?;
    TicketType::new(TypeNumber(row.get("type_number")), draft).map_err(|_| DbError::Unexpected { doing, what: "draft" })
}
