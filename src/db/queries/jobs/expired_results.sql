-- Archives to delete.
SELECT job_id, event_key, organizer_key, result_key FROM jobs
WHERE result_key IS NOT NULL AND result_until < now() ORDER BY result_until LIMIT $1
