-- The entries of an archive part in the central directory and in the list of tickets.
SELECT directory, listing FROM job_parts WHERE job_id = $1 AND part = $2
