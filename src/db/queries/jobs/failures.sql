-- Failures of a job by number, kind and part; $2 to $4 is the end of the page before.
SELECT number, kind, part, tickets, error, at FROM job_failures
WHERE job_id = $1 AND (number, kind, part) > ($2::int, $3::smallint, $4::smallint)
ORDER BY number, kind, part LIMIT $5
