-- Claims due messages, the most urgent and then the oldest first. `attempts` is the lease token: earlier claims become
-- invalid. $1 messages, $2 seconds of lease.
WITH due AS MATERIALIZED (
    SELECT q.message_id FROM unnest('{1,2,3}'::smallint[]) AS u (urgency) CROSS JOIN LATERAL (
        SELECT message_id FROM messages
        WHERE state IN (1 /* queued */, 2 /* sending */) AND urgency = u.urgency AND due_at <= now()
        ORDER BY due_at LIMIT $1
        FOR UPDATE SKIP LOCKED
    ) q
    LIMIT $1
)
UPDATE messages m SET state = 2 /* sending */, attempts = m.attempts + 1, changed_at = now(),
    due_at = now() + make_interval(secs => $2), tried_at = coalesce(m.tried_at, now())
FROM due WHERE m.message_id = due.message_id
RETURNING m.message_id, m.organizer_key, m.event_key, m.number, m.kind, m.recipient, m.detail, m.job_id, m.attempts,
    m.failures, m.created_at, m.tried_at, m.failing_since
