-- Counts the jobs that are not over, by status.
SELECT count(*) FILTER (WHERE j.status = 1 /* queued */) AS queued,
    count(*) FILTER (WHERE j.status = 2 /* running */) AS running
FROM jobs j WHERE j.status IN (1 /* queued */, 2 /* running */)
