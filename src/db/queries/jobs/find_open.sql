-- The open job of a kind for an event; $3 is true for dry runs.
SELECT j.job_id, j.organizer_key, j.event_key, j.kind, j.status, j.paused, j.request, j.actor, j.total, j.done,
    j.skipped, j.failed, j.reasons, j.version, j.rate, j.created_at, j.started_at, j.finished_at, j.error, j.pass,
    j.result_key, j.result_bytes, j.result_until
FROM jobs j WHERE j.event_key = $1 AND j.kind = $2 AND j.dry_run = $3 AND j.status IN (1 /* queued */, 2 /* running */)
