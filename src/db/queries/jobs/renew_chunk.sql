-- Renews the lease of a chunk, if it is still held.
UPDATE job_chunks c SET until = clock_timestamp() + make_interval(secs => $5)
FROM jobs j
WHERE c.job_id = $1 AND c.pass = $2 AND c.first = $3 AND c.attempts = $4 AND j.job_id = c.job_id
RETURNING j.status = 2 /* running */ AS running, j.paused
