-- What those had who worked at a job that is over.
DELETE FROM job_chunks c USING jobs j WHERE j.job_id = c.job_id AND j.status > 2 AND c.until < clock_timestamp()
