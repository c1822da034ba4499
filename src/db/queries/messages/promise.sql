-- Inserts the first message of registrations: the confirmation, or the request to pay. At most $1 registrations of an
-- event and 16 events; the events are random, so that a large one does not delay the others. Registrations of another
-- system get none, nor do old ones of events that are over: mail may have been configured late.
WITH behind AS MATERIALIZED (
    SELECT p.event_key, p.promised_to, least(s.last_number, p.promised_to + $1) AS last, e.organizer_key,
        e.ends_at > now() AS is_coming
    FROM message_promises p JOIN event_seats s USING (event_key) JOIN events e USING (event_key)
    WHERE p.promised_to < s.last_number
    ORDER BY random() LIMIT 16
    FOR UPDATE OF p SKIP LOCKED
), promised AS (
    INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency, created_at)
    SELECT gen_random_uuid(), b.organizer_key, b.event_key, r.number,
        CASE r.status WHEN 1 /* confirmed */ THEN 1 /* confirmation */ ELSE 2 /* payment-needed */ END, 2, r.created_at
    -- OFFSET 0: see stats/documents.sql.
    FROM behind b CROSS JOIN LATERAL (
        SELECT * FROM registrations
        WHERE event_key = b.event_key AND number BETWEEN b.promised_to + 1 AND b.last OFFSET 0
    ) r
    -- A registration that was paid or cancelled meanwhile has the message of that.
    WHERE NOT r.imported AND (b.is_coming OR r.created_at > now() - interval '3 days')
        AND (r.status = 1 /* confirmed */ AND r.amount IS NULL OR r.status = 2 /* awaiting_payment */)
), moved AS (
    UPDATE message_promises p SET promised_to = b.last FROM behind b WHERE p.event_key = b.event_key
    RETURNING b.last - b.promised_to AS registrations
)
SELECT coalesce(sum(registrations), 0) AS registrations FROM moved
