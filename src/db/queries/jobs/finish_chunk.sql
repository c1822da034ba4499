-- Finishes a chunk and counts its result, if its lease is still held: $1 to $4 job, pass, chunk and lease token; $5 to
-- $7 tickets done, skipped and failed; $8 reasons; $9 to $13 failures.
WITH finished AS (
    DELETE FROM job_chunks WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4 RETURNING job_id
), failures AS (
    INSERT INTO job_failures (job_id, number, kind, part, tickets, error)
    SELECT finished.job_id, f.*
    FROM finished, unnest($9::int[], $10::smallint[], $11::smallint[], $12::smallint[], $13::text[]) AS f
    ON CONFLICT (job_id, number, kind, part) DO UPDATE SET error = excluded.error, at = now()
)
SELECT add_job_progress(job_id, $5, $6, $7, $8) AS no_more_chunks FROM finished
