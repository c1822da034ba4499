-- Keeps why it did not work and when to try again. A file that failed to be rendered too often is set aside. Fresh files
-- ($3 is 0) may have no row yet. For the CASE in the condition see mark_stored.
WITH missed AS MATERIALIZED (
    SELECT m.*, 1::smallint AS kind
    FROM unnest($1::int[], $2::int[], $3::smallint[], $4::text[], $5::float8[], $6::boolean[])
        AS m (event_key, number, attempts, error, retry_seconds, failed)
), fresh AS (
    INSERT INTO documents AS d (event_key, number, kind, state, failures, promised_at, due_at, error)
    SELECT event_key, number, kind, CASE WHEN failed AND $7 <= 1 THEN 3 ELSE 1 END, failed::int, now(),
        now() + make_interval(secs => retry_seconds), error
    FROM missed WHERE attempts = 0
    ON CONFLICT (event_key, number, kind) DO UPDATE SET state = excluded.state, failures = excluded.failures,
        due_at = excluded.due_at, error = excluded.error
    WHERE d.state = 1 AND d.attempts = 0
)
UPDATE documents d SET error = m.error, failures = least(d.failures + m.failed::int, 32767),
    state = CASE WHEN m.failed AND d.failures + 1 >= $7 THEN 3 ELSE 1 END,
    due_at = now() + make_interval(secs => m.retry_seconds)
FROM missed m
WHERE d.event_key = m.event_key AND d.number = m.number AND d.kind = m.kind
    AND CASE WHEN m.attempts > 0 AND d.state = 1 THEN d.attempts = m.attempts ELSE false END
