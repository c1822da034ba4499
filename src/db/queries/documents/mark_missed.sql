-- Stores the error of documents that were not stored, and the time of the next try. A document that failed $9 times
-- gets the state failed. Fresh ones ($5 is 0) may have no row yet. For CASE in conditions see mark_stored.sql.
WITH missed AS MATERIALIZED (
    SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::smallint[], $6::text[], $7::float8[],
        $8::boolean[]) AS m (event_key, number, kind, part, attempts, error, retry_seconds, failed)
), fresh AS (
    INSERT INTO documents AS d (event_key, number, kind, part, state, failures, promised_at, due_at, error)
    SELECT event_key, number, kind, part, CASE WHEN failed AND $9 <= 1 THEN 3 /* failed */ ELSE 1 /* pending */ END,
        failed::int, now(), now() + make_interval(secs => retry_seconds), error
    FROM missed WHERE attempts = 0
    ON CONFLICT (event_key, number, kind, part) DO UPDATE SET state = excluded.state, failures = excluded.failures,
        due_at = excluded.due_at, error = excluded.error
    WHERE d.state = 1 /* pending */ AND d.attempts = 0
    RETURNING d.state
), known AS (
    UPDATE documents d SET error = m.error, failures = least(d.failures + m.failed::int, 32767),
        state = CASE WHEN m.failed AND d.failures + 1 >= $9 THEN 3 /* failed */ ELSE 1 /* pending */ END,
        due_at = now() + make_interval(secs => m.retry_seconds)
    FROM missed m
    WHERE d.event_key = m.event_key AND d.number = m.number AND d.kind = m.kind AND d.part = m.part
        AND CASE WHEN m.attempts > 0 AND d.state = 1 /* pending */ THEN d.attempts = m.attempts ELSE false END
    RETURNING d.state
)
SELECT count(*) FILTER (WHERE state = 3 /* failed */) AS given_up
FROM (SELECT state FROM fresh UNION ALL SELECT state FROM known) AS changed
