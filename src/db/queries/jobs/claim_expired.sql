-- Claims a chunk whose lease has ended. Its token changes, so the holder before cannot finish it.
WITH expired AS MATERIALIZED (
    SELECT c.job_id, c.pass, c.first FROM job_chunks c JOIN jobs j USING (job_id)
    WHERE c.until < clock_timestamp() AND j.status = 2 /* running */ AND NOT j.paused
    ORDER BY c.until LIMIT 1 FOR UPDATE OF c SKIP LOCKED
), claimed AS (
    UPDATE job_chunks c SET attempts = c.attempts + 1, until = clock_timestamp() + make_interval(secs => $1)
    FROM expired e WHERE c.job_id = e.job_id AND c.pass = e.pass AND c.first = e.first
    RETURNING c.*
)
SELECT c.pass, c.first, c.last, c.attempts, j.job_id, j.organizer_key, j.event_key, j.kind, j.request, j.types,
    j.numbers, j.revision, j.started_at, j.upload, j.total
FROM claimed c JOIN jobs j USING (job_id)
