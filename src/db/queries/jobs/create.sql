-- Inserts a job, unless one like it is open for the event: $1 id, $2 organizer, $3 event, $4 kind, $5 request,
-- $6 actor, $7 types, $8 numbers, $9 the event's revision, $10 tickets, $11 the last registration (0: none, so the job
-- is over).
WITH made AS (
    INSERT INTO jobs (job_id, organizer_key, event_key, kind, request, actor, types, numbers, revision, total,
        last_number, status, finished_at, dry_run)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
        CASE $11::int WHEN 0 THEN 3 /* completed */ ELSE 1 /* queued */ END, CASE $11::int WHEN 0 THEN now() END,
        $5::jsonb @> '{"dryRun": true}'::jsonb)
    ON CONFLICT (event_key, kind, dry_run) WHERE status IN (1 /* queued */, 2 /* running */) DO NOTHING
    RETURNING *
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT actor, CASE kind WHEN 1 /* regeneration */ THEN 'job.regeneration' WHEN 2 /* archive */ THEN 'job.archive'
            ELSE 'job.announcement' END, organizer_key, event_key,
        jsonb_build_object('jobId', job_id, 'tickets', total, 'registrations', cardinality(numbers),
            'request', request - 'registrations' - 'announcement')
    FROM made
)
SELECT job_id FROM made
