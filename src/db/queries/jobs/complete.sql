-- Completes a job that has nothing left to do. What was selected at first and is not there any more, because it was cancelled
-- meanwhile, counts as skipped.
WITH ended AS (
    UPDATE jobs j SET status = 3, finished_at = clock_timestamp(), skipped = skipped + greatest(total - done - skipped - failed, 0),
        version = version + 1
    FROM events e
    WHERE j.job_id = $1 AND j.status = 2 AND j.reached >= j.last_number AND e.event_key = j.event_key
        AND NOT EXISTS (SELECT FROM job_chunks c WHERE c.job_id = j.job_id)
        AND (j.kind <> 1 OR e.revision = j.revision OR j.pass >= 10 OR j.request @> '{"dryRun": true}')
    RETURNING j.job_id, j.organizer_key, j.event_key, j.kind, j.dry_run, j.types, j.numbers, j.last_number, done, skipped, failed,
        total, e.revision
), later AS (
    -- Who came after it was asked for, and was still served as the event was before.
    UPDATE documents d SET state = 1, due_at = now()
    FROM ended x
    WHERE x.kind = 1 AND NOT x.dry_run AND x.types IS NULL AND x.numbers IS NULL AND d.event_key = x.event_key
        AND d.number > x.last_number AND d.kind IN (1, 3, 4)
        AND CASE d.state WHEN 2 THEN NOT d.imported AND d.revision < x.revision ELSE false END
), told AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT 'server', 'job.completed', organizer_key, event_key,
        jsonb_build_object('jobId', job_id, 'done', done, 'skipped', skipped, 'failed', failed, 'total', total)
    FROM ended
)
SELECT job_id FROM ended
