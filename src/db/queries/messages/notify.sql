-- Queues messages about changes of events that are $1 seconds old, for at most $2 registrations. A notice whose
-- registrations have their messages is deleted.
WITH due AS MATERIALIZED (
    SELECT n.notice_id, n.event_key, n.kind, n.before, n.reached, n.last_number,
        least(n.reached + $2, n.last_number) AS last
    FROM event_notices n WHERE n.changed_at <= now() - make_interval(secs => $1)
    ORDER BY n.changed_at LIMIT 1
    FOR UPDATE SKIP LOCKED
), queued AS (
    INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency, detail)
    SELECT gen_random_uuid(), e.organizer_key, d.event_key, r.number, d.kind, 2, d.before
    -- OFFSET 0: see stats/documents.sql.
    FROM due d JOIN events e USING (event_key) CROSS JOIN LATERAL (
        SELECT number, status FROM registrations
        WHERE event_key = d.event_key AND number BETWEEN d.reached + 1 AND d.last OFFSET 0
    ) r
    WHERE r.status IN (1 /* confirmed */, 2 /* awaiting_payment */)
), moved AS (
    UPDATE event_notices n SET reached = d.last FROM due d WHERE n.notice_id = d.notice_id AND d.last < d.last_number
), done AS (
    DELETE FROM event_notices n USING due d WHERE n.notice_id = d.notice_id AND d.last >= d.last_number
)
SELECT last_number - last AS registrations FROM due
