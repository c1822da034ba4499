-- Pauses or resumes an open job.
UPDATE jobs SET paused = $2, version = version + 1 WHERE job_id = $1 AND status IN (1 /* queued */, 2 /* running */)
RETURNING job_id
