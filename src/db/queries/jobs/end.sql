-- Ends an open job: $2 status, $3 reason, $4 actor. Its results so far remain.
WITH ended AS (
    UPDATE jobs SET status = $2, error = $3, finished_at = now(), paused = false, version = version + 1
    WHERE job_id = $1 AND status IN (1 /* queued */, 2 /* running */)
    RETURNING job_id, status, organizer_key, event_key, done, skipped, failed, total
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $4, CASE status WHEN 4 /* cancelled */ THEN 'job.cancelled' ELSE 'job.failed' END, organizer_key, event_key,
        jsonb_build_object('jobId', job_id, 'done', done, 'skipped', skipped, 'failed', failed, 'total', total,
            'reason', $3::text)
    FROM ended
)
SELECT job_id FROM ended
