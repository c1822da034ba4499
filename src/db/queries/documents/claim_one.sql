-- Takes one document of a registration that is valid, whatever stands there: whoever had it before has lost.
INSERT INTO documents AS d (event_key, number, kind, part, state, attempts, promised_at, due_at)
SELECT $1, $2, $3, $4, 1, 1, now(), now() + make_interval(secs => $5)
FROM registrations r WHERE r.event_key = $1 AND r.number = $2 AND r.status = 1
ON CONFLICT (event_key, number, kind, part) DO UPDATE SET state = 1, attempts = least(d.attempts + 1, 32767),
    due_at = excluded.due_at
RETURNING d.attempts, d.promised_at
