-- Adds a ticket type under the next number. $1 event, $2 draft.
WITH revised AS (
    UPDATE events SET revision = revision + 1 WHERE event_key = $1 RETURNING event_key
), added AS (
    INSERT INTO ticket_types (event_key, type_number, {type_columns})
    SELECT revised.event_key,
        (SELECT coalesce(max(t.type_number), 0) + 1 FROM ticket_types t WHERE t.event_key = $1), {type_columns}
    FROM revised, jsonb_populate_record(NULL::ticket_types, $2)
    RETURNING event_key, type_number
)
INSERT INTO ticket_type_seats (event_key, type_number, capacity)
SELECT event_key, type_number, ($2::jsonb ->> 'capacity')::int FROM added
