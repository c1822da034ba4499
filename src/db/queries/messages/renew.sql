-- Renews the leases of messages that are being sent: $1 ids, $2 lease tokens, $3 seconds.
UPDATE messages m SET due_at = now() + make_interval(secs => $3)
FROM unnest($1::uuid[], $2::int[]) AS c (message_id, attempts)
WHERE m.message_id = c.message_id AND m.attempts = c.attempts AND m.state = 2 /* sending */
RETURNING m.message_id
