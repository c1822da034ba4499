-- Jobs, the newest first: $1 organizer and $2 event, null: all; $3 and $4 is the end of the page before.
SELECT j.job_id, j.organizer_key, j.event_key, j.kind, j.status, j.paused, j.request, j.actor, j.total, j.done,
    j.skipped, j.failed, j.reasons, j.version, j.rate, j.created_at, j.started_at, j.finished_at, j.error, j.pass,
    j.result_key, j.result_bytes, j.result_until
FROM jobs j
WHERE ($1::int IS NULL OR j.organizer_key = $1) AND ($2::int IS NULL OR j.event_key = $2)
    AND ($3::timestamptz IS NULL OR (j.created_at, j.job_id) < ($3, $4::uuid))
ORDER BY j.created_at DESC, j.job_id DESC LIMIT $5
