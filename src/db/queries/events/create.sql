-- An event with its seats, types and first signing key, in one statement: either all of it exists or none.
-- $1 id, $2 organizer, $3 draft of the event, $4 and $5 signing key, $6 list of drafts of its types.
WITH event AS (
    INSERT INTO events (event_id, organizer_key, {event_columns})
    SELECT $1, $2, {event_columns} FROM jsonb_populate_record(NULL::events, $3)
    RETURNING event_key
), seats AS (
    INSERT INTO event_seats (event_key, capacity) SELECT event_key, ($3::jsonb ->> 'capacity')::int FROM event
), signing AS (
    INSERT INTO signing_keys (event_key, key_id, public_key, sealed_secret) SELECT event_key, 1, $4, $5 FROM event
), drafts AS MATERIALIZED (
    SELECT event.event_key, t.draft, t.number
    FROM event, jsonb_array_elements($6::jsonb) WITH ORDINALITY AS t (draft, number)
), types AS (
    INSERT INTO ticket_types (event_key, type_number, {type_columns})
    SELECT drafts.event_key, drafts.number, {type_columns}
    FROM drafts, jsonb_populate_record(NULL::ticket_types, drafts.draft)
    RETURNING event_key
), type_seats AS (
    INSERT INTO ticket_type_seats (event_key, type_number, capacity)
    SELECT event_key, number, (draft ->> 'capacity')::int FROM drafts
)
SELECT event_key FROM event
