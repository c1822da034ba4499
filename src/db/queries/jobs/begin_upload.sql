-- Starts the upload of an archive over from its beginning: $1 to $4 job, pass, chunk and lease token, $5 upload id.
WITH held AS (
    SELECT job_id FROM job_chunks WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4 FOR UPDATE
), old_parts AS (
    DELETE FROM job_parts p USING held WHERE p.job_id = held.job_id
), failures AS (
    DELETE FROM job_failures f USING held WHERE f.job_id = held.job_id
)
UPDATE jobs j SET upload = $5, done = 0, failed = 0, rate_count = 0, version = version + 1
FROM held WHERE j.job_id = held.job_id RETURNING j.job_id
