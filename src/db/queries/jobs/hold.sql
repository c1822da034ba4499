-- Holds a chunk for longer, if it is still one's own and still wanted.
UPDATE job_chunks c SET until = clock_timestamp() + make_interval(secs => $5)
FROM jobs j
WHERE c.job_id = $1 AND c.pass = $2 AND c.first = $3 AND c.attempts = $4 AND j.job_id = c.job_id
RETURNING j.status = 2 AS wanted, j.paused
