-- Deletes the suppressions of an address, and messages of the server to it that are not waiting.
WITH suppressed AS (
    DELETE FROM suppressions WHERE address = $1
)
DELETE FROM messages m
WHERE m.event_key IS NULL AND m.recipient = $1 AND m.state BETWEEN 3 /* sent */ AND 9 /* suppressed */
