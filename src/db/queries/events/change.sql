-- Changes an event, unless its revision is not $18 any more.
WITH changed AS (
    UPDATE events SET slug = $2, code = $3, title = $4, description = $5, category = $6, status = $7, starts_at = $8,
        ends_at = $9, timezone = $10, language = $11, accent_color = $12, venue_name = $13, venue_address = $14,
        sales_open_at = $15, sales_close_at = $16, revision = revision + 1
    WHERE event_key = $1 AND revision = $18
    RETURNING event_key, organizer_key, revision
), audited AS (
    -- $19 actor, $20 changed fields.
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $19, 'event.changed', organizer_key, event_key,
        jsonb_build_object('revision', revision, 'fields', $20::text[])
    FROM changed
)
UPDATE event_seats s SET capacity = $17 FROM changed WHERE s.event_key = changed.event_key RETURNING s.event_key
