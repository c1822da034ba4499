-- Notes what an archive is being written to, from the beginning: $1 to $4 job, pass, chunk and token, $5 upload.
WITH mine AS (
    SELECT job_id FROM job_chunks WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4 FOR UPDATE
), before AS (
    DELETE FROM job_parts p USING mine WHERE p.job_id = mine.job_id
), failures AS (
    DELETE FROM job_failures f USING mine WHERE f.job_id = mine.job_id
)
UPDATE jobs j SET upload = $5, done = 0, failed = 0, rate_count = 0, version = version + 1 FROM mine WHERE j.job_id = mine.job_id RETURNING j.job_id
