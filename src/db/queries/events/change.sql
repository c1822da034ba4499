-- Changes an event, unless its revision is not $3 any more. $1 event, $2 draft, $4 actor, $5 changed fields. If $6 is
-- not null, the registrants are told: $6 the facts as they were, $7 kind of the message. A notice that nobody was
-- told of yet keeps the facts from before it.
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
), joined AS (
    UPDATE event_notices n SET changed_at = now(), kind = $7, last_number = s.last_number
    FROM changed JOIN event_seats s USING (event_key)
    WHERE n.event_key = changed.event_key AND n.reached = 0 AND $6::jsonb IS NOT NULL
    RETURNING n.event_key
), noticed AS (
    INSERT INTO event_notices (event_key, kind, before, last_number)
    SELECT s.event_key, $7, $6::jsonb, s.last_number FROM changed JOIN event_seats s USING (event_key)
    WHERE $6::jsonb IS NOT NULL AND s.last_number > 0 AND NOT EXISTS (SELECT FROM joined)
)
UPDATE event_seats s SET capacity = ($2::jsonb ->> 'capacity')::int
FROM changed WHERE s.event_key = changed.event_key RETURNING s.event_key
