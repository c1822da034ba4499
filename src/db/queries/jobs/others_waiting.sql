-- True if another job has a chunk that no worker has claimed.
SELECT EXISTS (
    SELECT FROM jobs
    WHERE status IN (1 /* queued */, 2 /* running */) AND NOT paused AND reached < last_number AND job_id <> $1
) AS others_waiting
