-- Whether another job has something that nobody does yet.
SELECT EXISTS (
    SELECT FROM jobs WHERE status IN (1, 2) AND NOT paused AND reached < last_number AND job_id <> $1) AS others
