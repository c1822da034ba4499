-- A job; $2 organizer, null: any.
SELECT j.job_id, j.organizer_key, j.event_key, j.kind, j.status, j.paused, j.request, j.actor, j.total, j.done,
    j.skipped, j.failed, j.reasons, j.version, j.rate, j.created_at, j.started_at, j.finished_at, j.error, j.pass,
    j.result_key, j.result_bytes, j.result_until
FROM jobs j WHERE j.job_id = $1 AND ($2::int IS NULL OR j.organizer_key = $2)
