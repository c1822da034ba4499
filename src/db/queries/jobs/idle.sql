-- Jobs that have nothing left to do, and nobody who says so: whoever finished the last chunk did not live to.
SELECT job_id FROM jobs j
WHERE status = 2 AND reached >= last_number AND NOT EXISTS (SELECT FROM job_chunks c WHERE c.job_id = j.job_id)
