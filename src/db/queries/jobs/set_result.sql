-- Notes where a finished archive is, if its lease is still held: $1 to $4 job, pass, chunk and lease token, $5 key, $6
-- bytes, $7 days until it is deleted.
WITH held AS (
    SELECT job_id FROM job_chunks WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4 FOR UPDATE
), parts AS (
    DELETE FROM job_parts p USING held WHERE p.job_id = held.job_id
)
UPDATE jobs j SET result_key = $5, result_bytes = $6, result_until = now() + make_interval(days => $7),
    version = version + 1
FROM held WHERE j.job_id = held.job_id RETURNING j.job_id
