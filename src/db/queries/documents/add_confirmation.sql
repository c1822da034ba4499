-- Promises a further confirmation, due at once. Its time is part of the file name, so no two confirmations have the
-- same.
INSERT INTO documents (event_key, number, kind, part, state, promised_at, due_at, generation)
SELECT $1, $2, 2 /* confirmation */, coalesce(max(part), 0) + 1, 1 /* pending */,
    greatest(date_trunc('second', now()), max(promised_at) + interval '1 second'), now(), $3
FROM documents WHERE event_key = $1 AND number = $2 AND kind = 2 /* confirmation */
HAVING EXISTS (SELECT FROM registrations WHERE event_key = $1 AND number = $2 AND status = 1 /* confirmed */)
ON CONFLICT DO NOTHING
RETURNING part, promised_at
