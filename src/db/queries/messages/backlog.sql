-- Messages that wait, counted up to 100,000, and the age of the oldest; promised ones included. Copies that wait for
-- storage.
WITH queued AS (
    SELECT count(*) AS messages, min(created_at) AS oldest FROM (
        SELECT created_at FROM messages WHERE state IN (1 /* queued */, 2 /* sending */) LIMIT 100000) AS few
), promised AS (
    SELECT coalesce(sum(s.last_number - p.promised_to), 0) AS messages, min(r.created_at) AS oldest
    FROM message_promises p JOIN event_seats s USING (event_key) LEFT JOIN LATERAL (
        -- Numbers of imported registrations may have gaps.
        SELECT created_at FROM registrations
        WHERE event_key = p.event_key AND number > p.promised_to ORDER BY number LIMIT 1
    ) r ON true
    WHERE p.promised_to < s.last_number
)
SELECT q.messages + p.messages AS queued,
    coalesce(extract(epoch FROM now() - least(q.oldest, p.oldest)), 0)::float8 AS oldest_seconds,
    (SELECT count(*) FROM message_copies) AS copies
FROM queued q, promised p
