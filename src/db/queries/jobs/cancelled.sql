-- Those of some jobs that were cancelled.
SELECT job_id FROM jobs WHERE job_id = ANY ($1::uuid[]) AND status = 4 /* cancelled */
