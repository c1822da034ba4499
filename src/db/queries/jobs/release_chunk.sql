-- Ends the lease of a chunk in $5 seconds; $6 is true if an error occurred. Returns the consecutive errors.
UPDATE job_chunks SET until = clock_timestamp() - interval '1 millisecond' + make_interval(secs => $5),
    errors = CASE WHEN $6 THEN least(errors + 1, 32767) ELSE errors END
WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4
RETURNING errors
