-- Changes an event, unless its revision is not $3 any more. $1 event, $2 draft, $4 actor, $5 changed fields.
WITH changed AS (
    UPDATE events SET ({event_columns}, revision) = (
        SELECT {event_columns}, events.revision + 1 FROM jsonb_populate_record(NULL::events, $2)
    )
    WHERE event_key = $1 AND revision = $3
    RETURNING event_key, organizer_key, revision
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $4, 'event.changed', organizer_key, event_key,
        jsonb_build_object('revision', revision, 'fields', $5::text[])
    FROM changed
)
UPDATE event_seats s SET capacity = ($2::jsonb ->> 'capacity')::int
FROM changed WHERE s.event_key = changed.event_key RETURNING s.event_key
