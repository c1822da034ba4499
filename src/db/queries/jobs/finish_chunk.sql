-- Gives a chunk back with what became of it: $1 to $4 job, pass, chunk and token; $5 to $7 tickets done, skipped and failed; $8 why
-- they had to be; $9 to $13 what failed, and why. Counted only by whoever still has it.
WITH given AS (
    DELETE FROM job_chunks WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4 RETURNING job_id
), failures AS (
    INSERT INTO job_failures (job_id, number, kind, part, tickets, error)
    SELECT given.job_id, f.*
    FROM given, unnest($9::int[], $10::smallint[], $11::smallint[], $12::smallint[], $13::text[]) AS f
    ON CONFLICT (job_id, number, kind, part) DO UPDATE SET error = excluded.error, at = now()
)
SELECT add_job_progress(job_id, $5, $6, $7, $8) AS all_out FROM given
