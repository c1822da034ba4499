-- Running jobs that have no work left: the server that finished the last chunk crashed before completing the job.
SELECT job_id FROM jobs j
WHERE status = 2 /* running */ AND reached >= last_number
    AND NOT EXISTS (SELECT FROM job_chunks c WHERE c.job_id = j.job_id)
