-- A further confirmation, which is due at once. Its time names its file: no two have the same.
INSERT INTO documents (event_key, number, kind, part, state, promised_at, due_at, generation)
SELECT $1, $2, 2, coalesce(max(part), 0) + 1, 1,
    greatest(date_trunc('second', now()), max(promised_at) + interval '1 second'), now(), $3
FROM documents WHERE event_key = $1 AND number = $2 AND kind = 2
HAVING EXISTS (SELECT FROM registrations WHERE event_key = $1 AND number = $2 AND status = 1)
ON CONFLICT DO NOTHING
RETURNING part, promised_at
