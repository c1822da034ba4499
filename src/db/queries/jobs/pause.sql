UPDATE jobs SET paused = $2, version = version + 1 WHERE job_id = $1 AND status IN (1, 2) RETURNING job_id
