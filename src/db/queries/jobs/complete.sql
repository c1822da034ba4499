-- Completes a job that has nothing left to do. What was selected at first and is not there any more, because it was cancelled
-- meanwhile, counts as skipped.
WITH ended AS (
    UPDATE jobs j SET status = 3, finished_at = clock_timestamp(), skipped = skipped + greatest(total - done - skipped - failed, 0),
        version = version + 1
    FROM events e
    WHERE j.job_id = $1 AND j.status = 2 AND j.reached >= j.last_number AND e.event_key = j.event_key
        AND NOT EXISTS (SELECT FROM job_chunks c WHERE c.job_id = j.job_id)
        AND (j.kind <> 1 OR e.revision = j.revision OR j.pass >= 10 OR j.request @> '{"dryRun": true}')
    RETURNING j.job_id, j.organizer_key, j.event_key, done, skipped, failed, total
), told AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT 'server', 'job.completed', organizer_key, event_key,
        jsonb_build_object('jobId', job_id, 'done', done, 'skipped', skipped, 'failed', failed, 'total', total)
    FROM ended
)
SELECT job_id FROM ended
