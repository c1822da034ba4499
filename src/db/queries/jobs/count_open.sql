SELECT count(*) FILTER (WHERE status = 1) AS queued, count(*) FILTER (WHERE status = 2) AS running FROM jobs WHERE status IN (1, 2)
