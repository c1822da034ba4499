-- Deletes chunks of jobs that are over, once their lease has ended.
DELETE FROM job_chunks c USING jobs j
WHERE j.job_id = c.job_id AND j.status IN (3 /* completed */, 4 /* cancelled */, 5 /* failed */)
    AND c.until < clock_timestamp()
