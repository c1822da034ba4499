-- Claims due documents, the oldest promise first. `attempts` is the lease token: earlier claims become invalid.
WITH due AS MATERIALIZED (
    SELECT event_key, number, kind, part FROM documents
    WHERE state = 1 /* pending */ AND due_at <= now()
    ORDER BY promised_at LIMIT $1
    FOR UPDATE SKIP LOCKED
)
UPDATE documents d SET attempts = least(d.attempts + 1, 32767), due_at = now() + make_interval(secs => $2)
FROM due WHERE d.event_key = due.event_key AND d.number = due.number AND d.kind = due.kind AND d.part = due.part
RETURNING d.event_key, d.number, d.kind, d.part, d.attempts, d.promised_at
