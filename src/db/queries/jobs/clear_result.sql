-- Clears the result of a job: its archive is deleted.
UPDATE jobs SET result_key = NULL, result_bytes = NULL, result_until = NULL, version = version + 1 WHERE job_id = $1
RETURNING job_id
