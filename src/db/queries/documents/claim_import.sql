-- Takes the file of a valid registration for another program's. Not while somebody of ours may be storing it: fresh ones
-- ($4 seconds) may be stored by whoever has them in memory, claimed ones by whoever has the lease.
INSERT INTO documents AS d (event_key, number, kind, state, attempts, promised_at, due_at)
SELECT event_key, number, 1, 1, 1, now(), now() + make_interval(secs => $3)
FROM registrations WHERE event_key = $1 AND number = $2 AND status = 1 AND created_at < now() - make_interval(secs => $4)
ON CONFLICT (event_key, number, kind, part) DO UPDATE SET state = 1, attempts = least(d.attempts + 1, 32767),
    due_at = excluded.due_at
WHERE NOT (d.state = 1 AND d.attempts > 0 AND d.due_at > now())
RETURNING d.attempts, d.promised_at
