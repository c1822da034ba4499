-- Forgets an address ($1, in its normal form): its suppressions, the messages of the server to it that are not waiting,
-- announcements to it, and its place in other messages, which a contact of before may have got.
WITH suppressed AS (
    DELETE FROM suppressions WHERE address = $1
), copied AS (
    DELETE FROM message_copies c USING messages m WHERE c.message_id = m.message_id AND lower(m.recipient) = $1
), written AS (
    UPDATE messages m SET recipient = NULL, reply = NULL, storage_key = NULL
    WHERE m.event_key IS NOT NULL AND m.kind <> 12 /* announcement */ AND lower(m.recipient) = $1
), announced AS (
    DELETE FROM messages m
    WHERE m.event_key IS NOT NULL AND m.kind = 12 /* announcement */ AND lower(m.recipient) = $1
)
DELETE FROM messages m
WHERE m.event_key IS NULL AND m.recipient = $1 AND m.state BETWEEN 3 /* sent */ AND 9 /* suppressed */
