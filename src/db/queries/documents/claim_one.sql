-- Claims one document of a valid registration, in any state; earlier claims become invalid. FOR SHARE waits for a
-- cancellation that has begun.
INSERT INTO documents AS d (event_key, number, kind, part, state, attempts, promised_at, due_at)
SELECT $1, $2, $3, $4, 1 /* pending */, 1, now(), now() + make_interval(secs => $5)
FROM (
    SELECT FROM registrations r WHERE r.event_key = $1 AND r.number = $2 AND r.status = 1 /* confirmed */ FOR SHARE
) r
ON CONFLICT (event_key, number, kind, part) DO UPDATE
    SET state = 1 /* pending */, attempts = least(d.attempts + 1, 32767), due_at = excluded.due_at
RETURNING d.attempts, d.promised_at
