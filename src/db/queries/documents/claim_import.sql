-- Claims the file of a valid registration for a file from another program, unless a server may be storing it now: one
-- whose registration is younger than $4 seconds may be in a server's memory, a claimed one is under a lease.
INSERT INTO documents AS d (event_key, number, kind, state, attempts, promised_at, due_at)
SELECT event_key, number, 1 /* tickets */, 1 /* pending */, 1, now(), now() + make_interval(secs => $3)
FROM registrations
WHERE event_key = $1 AND number = $2 AND status = 1 /* confirmed */ AND created_at < now() - make_interval(secs => $4)
ON CONFLICT (event_key, number, kind, part) DO UPDATE
    SET state = 1 /* pending */, attempts = least(d.attempts + 1, 32767), due_at = excluded.due_at
    WHERE NOT (d.state = 1 /* pending */ AND d.attempts > 0 AND d.due_at > now())
RETURNING d.attempts, d.promised_at
