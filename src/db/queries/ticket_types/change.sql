-- Changes a ticket type, unless the revision of the event is not $4 any more. $1 event, $2 type, $3 draft.
WITH revised AS (
    UPDATE events SET revision = revision + 1 WHERE event_key = $1 AND revision = $4 RETURNING event_key
), changed AS (
    UPDATE ticket_types t SET ({type_columns}) = (
        SELECT {type_columns} FROM jsonb_populate_record(NULL::ticket_types, $3)
    )
    FROM revised WHERE t.event_key = revised.event_key AND t.type_number = $2
    RETURNING t.event_key, t.type_number
)
UPDATE ticket_type_seats s SET capacity = ($3::jsonb ->> 'capacity')::int FROM changed
WHERE s.event_key = changed.event_key AND s.type_number = changed.type_number
RETURNING s.type_number
