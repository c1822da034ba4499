-- Deletes requests for links that are older than a day: addresses that nobody is known by do not stay.
DELETE FROM messages m
WHERE m.kind = 8 /* ticket-links */ AND m.created_at < now() - interval '1 day'
    AND m.state BETWEEN 3 /* sent */ AND 9 /* suppressed */
RETURNING message_id
