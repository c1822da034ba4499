-- Claims files of an event in any state but withdrawn: $1 event, $2 numbers, $3 kinds, $4 parts, $5 seconds. Earlier
-- claims become invalid.
INSERT INTO documents AS d (event_key, number, kind, part, state, attempts, promised_at, due_at)
SELECT $1, number, kind, part, 1 /* pending */, 1, now(), now() + make_interval(secs => $5)
FROM unnest($2::int[], $3::smallint[], $4::smallint[]) AS wanted (number, kind, part)
ORDER BY number, kind, part
ON CONFLICT (event_key, number, kind, part) DO UPDATE
    SET state = 1 /* pending */, attempts = least(d.attempts + 1, 32767), due_at = excluded.due_at, failures = 0
    WHERE d.state <> 4 /* withdrawn */
RETURNING d.event_key, d.number, d.kind, d.part, d.attempts, d.promised_at
