-- Completes a job that has no work left. Registrations that were selected at the start and cancelled since count as
-- skipped. A regeneration whose event has changed is not complete (see restart_pass.sql), up to its tenth pass.
WITH ended AS (
    UPDATE jobs j SET status = 3 /* completed */, finished_at = clock_timestamp(), version = version + 1,
        skipped = skipped + greatest(total - done - skipped - failed, 0)
    FROM events e
    WHERE j.job_id = $1 AND j.status = 2 /* running */ AND j.reached >= j.last_number AND e.event_key = j.event_key
        AND NOT EXISTS (SELECT FROM job_chunks c WHERE c.job_id = j.job_id)
        AND (j.kind <> 1 /* regeneration */ OR e.revision = j.revision OR j.pass >= 10
            OR j.request @> '{"dryRun": true}')
    RETURNING j.job_id, j.organizer_key, j.event_key, j.kind, j.dry_run, j.types, j.numbers, j.last_number, done,
        skipped, failed, total, e.revision
), later AS (
    -- Registrations newer than the job whose files show the event as it was before.
    UPDATE documents d SET state = 1 /* pending */, due_at = now()
    FROM ended j
    WHERE j.kind = 1 /* regeneration */ AND NOT j.dry_run AND j.types IS NULL AND j.numbers IS NULL
        AND d.event_key = j.event_key AND d.number > j.last_number
        AND d.kind IN (1 /* tickets */, 3 /* ticket */, 4 /* code */)
        AND CASE d.state WHEN 2 /* stored */ THEN NOT d.imported AND d.revision < j.revision ELSE false END
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT 'server', 'job.completed', organizer_key, event_key,
        jsonb_build_object('jobId', job_id, 'done', done, 'skipped', skipped, 'failed', failed, 'total', total)
    FROM ended
)
SELECT job_id FROM ended
