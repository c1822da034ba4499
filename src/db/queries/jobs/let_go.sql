-- Gives a chunk back as it is: somebody may have it after $5 seconds. $6 says whether something went wrong.
UPDATE job_chunks SET until = clock_timestamp() - interval '1 millisecond' + make_interval(secs => $5),
    errors = CASE WHEN $6 THEN least(errors + 1, 32767) ELSE errors END
WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4
RETURNING errors
