-- Takes over a chunk whose lease ran out. Its token changes: whoever had it cannot finish it any more.
WITH lapsed AS MATERIALIZED (
    SELECT c.job_id, c.pass, c.first FROM job_chunks c JOIN jobs j USING (job_id)
    WHERE c.until < clock_timestamp() AND j.status = 2 AND NOT j.paused
    ORDER BY c.until LIMIT 1 FOR UPDATE OF c SKIP LOCKED
), taken AS (
    UPDATE job_chunks c SET attempts = c.attempts + 1, until = clock_timestamp() + make_interval(secs => $1)
    FROM lapsed l WHERE c.job_id = l.job_id AND c.pass = l.pass AND c.first = l.first
    RETURNING c.*
)
SELECT t.pass, t.first, t.last, t.attempts, j.job_id, j.organizer_key, j.event_key, j.kind, j.request, j.types, j.numbers, j.revision, j.started_at, j.upload, j.total
FROM taken t JOIN jobs j USING (job_id)
