-- Deletes messages of the server that are older than a day: addresses that nobody is known by do not stay.
DELETE FROM messages m
WHERE m.event_key IS NULL AND m.created_at < now() - interval '1 day'
    AND m.state BETWEEN 3 /* sent */ AND 9 /* suppressed */
RETURNING message_id
