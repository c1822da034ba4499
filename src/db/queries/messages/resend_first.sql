-- Queues the confirmation of a registration again, or its request to pay: $1 event, $2 number, $3 actor. Not more than
-- $4 such messages in an hour.
WITH queued AS (
    INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency)
    SELECT gen_random_uuid(), e.organizer_key, r.event_key, r.number,
        CASE r.status WHEN 1 /* confirmed */ THEN 1 /* confirmation */ ELSE 2 /* payment-needed */ END, 1
    FROM registrations r JOIN events e USING (event_key)
    WHERE r.event_key = $1 AND r.number = $2 AND r.status IN (1 /* confirmed */, 2 /* awaiting_payment */) AND $4 > (
        SELECT count(*) FROM messages m
        WHERE m.event_key = $1 AND m.number = $2 AND m.urgency = 1 AND m.created_at > now() - interval '1 hour')
    RETURNING message_id, organizer_key, event_key
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $3, 'message.resent', organizer_key, event_key, jsonb_build_object('messageId', message_id) FROM queued
)
SELECT message_id FROM queued
