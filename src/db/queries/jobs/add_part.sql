-- Notes that a part of an archive is in storage, if its lease is still held: $1 to $4 job, pass, chunk and lease token;
-- $5 to $11 the part; $12 and $13 tickets done and failed; $14 to $16 failures.
WITH held AS (
    UPDATE job_chunks SET errors = 0 WHERE job_id = $1 AND pass = $2 AND first = $3 AND attempts = $4 RETURNING job_id
), added AS (
    INSERT INTO job_parts (job_id, part, tag, bytes, entries, last_number, directory, listing)
    SELECT job_id, $5, $6, $7, $8, $9, $10, $11 FROM held
), failures AS (
    INSERT INTO job_failures (job_id, number, kind, part, tickets, error)
    SELECT held.job_id, f.number, 3 /* ticket */, f.position, 1, f.error
    FROM held, unnest($14::int[], $15::smallint[], $16::text[]) AS f (number, position, error)
    ON CONFLICT (job_id, number, kind, part) DO UPDATE SET error = excluded.error, at = now()
)
SELECT add_job_progress(job_id, $12, 0, $13, '{}') FROM held
