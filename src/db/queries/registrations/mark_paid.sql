-- Confirms a held registration, if it has not expired by the database's clock, promises its file and tells the contact.
-- $4 actor.
WITH paid AS (
    UPDATE registrations SET status = 1 /* confirmed */, paid_at = clock_timestamp()
    WHERE event_key = $1 AND number = $2 AND status = 2 /* awaiting_payment */ AND expires_at > clock_timestamp()
    RETURNING event_key, number
), documented AS (
    INSERT INTO documents (event_key, number, kind, state, promised_at, due_at)
    SELECT event_key, number, 1 /* tickets */, 1 /* pending */, now(), now() + make_interval(secs => $3) FROM paid
    ON CONFLICT DO NOTHING -- the sweeper may have inserted it
), told AS (
    INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency)
    SELECT gen_random_uuid(), e.organizer_key, p.event_key, p.number, 3 /* payment-received */, 2
    FROM paid p JOIN events e USING (event_key)
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $4, 'registration.paid', e.organizer_key, c.event_key, jsonb_build_object('registrationId',
        e.code || '-' || lpad(c.number::text, greatest(4, length(c.number::text)), '0'))
    FROM paid c JOIN events e USING (event_key)
)
SELECT number FROM paid
