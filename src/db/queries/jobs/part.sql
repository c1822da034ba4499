SELECT directory, listing FROM job_parts WHERE job_id = $1 AND part = $2
