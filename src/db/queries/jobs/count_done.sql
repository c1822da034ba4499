-- Adds tickets to the counters of an archive: $1 to $4 job, pass, chunk and lease token, $5 tickets.
WITH held AS (
    SELECT job_id FROM job_chunks WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4 FOR UPDATE
)
SELECT add_job_progress(job_id, $5, 0, 0, '{}') FROM held
