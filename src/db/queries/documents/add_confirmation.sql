-- Promises a further confirmation, due at once. Its time is part of the file name, so no two confirmations have the
-- same.
WITH valid AS MATERIALIZED (
    SELECT FROM registrations WHERE event_key = $1 AND number = $2 AND status = 1 /* confirmed */ FOR SHARE
)
INSERT INTO documents (event_key, number, kind, part, state, promised_at, due_at, generation)
SELECT $1, $2, 2 /* confirmation */, coalesce(max(part), 0) + 1, 1 /* pending */,
    greatest(date_trunc('second', now()), max(promised_at) + interval '1 second'), now(), $3
FROM documents WHERE event_key = $1 AND number = $2 AND kind = 2 /* confirmation */
-- FOR SHARE waits for a cancellation that has begun.
HAVING EXISTS (SELECT FROM valid)
ON CONFLICT DO NOTHING
RETURNING part, promised_at
