-- Which registrations a job failed at, of those asked for: up to $3.
SELECT DISTINCT number FROM job_failures WHERE job_id = $1 AND ($2::int[] IS NULL OR number = ANY ($2))
ORDER BY number LIMIT $3
