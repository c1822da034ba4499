-- Ends a job that is under way: $2 is how, $3 why, $4 who. What is done stays done.
WITH ended AS (
    UPDATE jobs SET status = $2, error = $3, finished_at = now(), paused = false, version = version + 1
    WHERE job_id = $1 AND status IN (1, 2)
    RETURNING job_id, organizer_key, event_key, done, skipped, failed, total
), told AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $4, CASE $2::smallint WHEN 4 THEN 'job.cancelled' ELSE 'job.failed' END, organizer_key, event_key,
        jsonb_build_object('jobId', job_id, 'done', done, 'skipped', skipped, 'failed', failed, 'total', total, 'reason', $3::text)
    FROM ended
)
SELECT job_id FROM ended
