-- Registrations that a job failed at and that were not stored since; $2 numbers, null: all; at most $3.
SELECT DISTINCT f.number FROM job_failures f JOIN jobs j USING (job_id)
WHERE f.job_id = $1 AND ($2::int[] IS NULL OR f.number = ANY ($2)) AND NOT EXISTS (
    SELECT FROM documents d
    WHERE d.event_key = j.event_key AND d.number = f.number AND d.kind = f.kind AND d.part = f.part
        AND d.state = 2 /* stored */ AND d.stored_at > f.at)
ORDER BY f.number LIMIT $3
