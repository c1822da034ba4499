-- Puts a job behind the others after its chunk could not be claimed; $2 is true if the error counts. Returns the
-- consecutive errors.
UPDATE jobs SET served_at = clock_timestamp(), claim_errors = least(claim_errors + $2::boolean::int, 32767)
WHERE job_id = $1 AND status IN (1 /* queued */, 2 /* running */)
RETURNING claim_errors
