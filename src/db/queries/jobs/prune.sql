-- Deletes jobs that ended more than $1 days ago and have no archive any more, at most $2.
DELETE FROM jobs WHERE job_id IN (
    SELECT job_id FROM jobs
    WHERE finished_at < now() - make_interval(days => $1) AND result_key IS NULL ORDER BY finished_at LIMIT $2
)
RETURNING job_id
