-- Queues a message again, as a new one to the present address of the contact. $1 message, $2 actor.
WITH queued AS (
    INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency, detail, recipient)
    SELECT gen_random_uuid(), m.organizer_key, m.event_key, m.number, m.kind, 1, m.detail,
        CASE m.kind WHEN 12 /* announcement */ THEN t.email END
    FROM messages m LEFT JOIN tickets t ON t.event_key = m.event_key AND t.number = m.number AND t.position = 1
    WHERE m.message_id = $1
    RETURNING message_id, organizer_key, event_key
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $2, 'message.resent', organizer_key, event_key, jsonb_build_object('messageId', message_id, 'of', $1::uuid)
    FROM queued
)
SELECT message_id FROM queued
