-- The job whose chunk is claimed next: the one that has waited longest, of the organizer that has waited longest.
SELECT j.job_id FROM jobs j
WHERE j.status IN (1 /* queued */, 2 /* running */) AND NOT j.paused AND j.reached < j.last_number
ORDER BY (
        SELECT max(served_at) FROM jobs
        WHERE organizer_key = j.organizer_key AND status IN (1 /* queued */, 2 /* running */)
    ) NULLS FIRST,
    j.served_at NULLS FIRST, j.created_at
LIMIT 1
