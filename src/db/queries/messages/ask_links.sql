-- Queues links for an address ($1, in its normal form), unless it has asked $2 times within an hour, or more than $3
-- such requests wait.
INSERT INTO messages (message_id, kind, urgency, recipient)
SELECT gen_random_uuid(), 8 /* ticket-links */, 1, $1
WHERE $2 > (
        SELECT count(*) FROM messages m
        WHERE m.event_key IS NULL AND m.recipient = $1 AND m.kind = 8 /* ticket-links */
            AND m.created_at > now() - interval '1 hour')
    AND $3 > (
        SELECT count(*) FROM (
            SELECT FROM messages m
            WHERE m.state IN (1 /* queued */, 2 /* sending */) AND m.urgency = 1 LIMIT $3) AS few)
RETURNING message_id
