-- Gives a chunk back as it is: somebody else may have it now.
UPDATE job_chunks SET until = clock_timestamp() - interval '1 second'
WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4
RETURNING job_id
