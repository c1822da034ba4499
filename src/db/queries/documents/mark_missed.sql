-- Keeps why it did not work and when to try again; without a time it is set aside.
UPDATE documents d SET error = m.error,
    state = CASE WHEN m.retry_seconds IS NULL THEN 3 ELSE 1 END,
    due_at = CASE WHEN m.retry_seconds IS NULL THEN d.due_at ELSE now() + make_interval(secs => m.retry_seconds) END
FROM unnest($1::int[], $2::int[], $3::smallint[], $4::text[], $5::float8[])
    AS m (event_key, number, attempts, error, retry_seconds)
WHERE d.event_key = m.event_key AND d.number = m.number AND d.kind = 1 AND d.state = 1 AND d.attempts = m.attempts
