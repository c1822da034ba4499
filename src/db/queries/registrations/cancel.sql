-- Cancels a registration, once: releases its seats, revokes its codes, withdraws its files and tells the contact. $3
-- actor; $4: only if it is not paid. The event's seats are locked before those of its types, as in every statement
-- that locks both.
WITH cancelled AS (
    UPDATE registrations SET status = 3 /* cancelled */
    WHERE event_key = $1 AND number = $2 AND status IN (1 /* confirmed */, 2 /* awaiting_payment */)
        AND (NOT $4::boolean OR paid_at IS NULL)
    RETURNING event_key, number, type_number, quantity, amount IS NULL OR paid_at IS NOT NULL AS confirmed
), seats AS (
    UPDATE event_seats s SET sold = s.sold - c.quantity FROM cancelled c WHERE s.event_key = c.event_key
    RETURNING c.event_key, c.type_number, c.quantity
), type_seats AS (
    UPDATE ticket_type_seats t SET sold = t.sold - s.quantity
    FROM seats s WHERE t.event_key = s.event_key AND t.type_number = s.type_number
), revoked AS (
    UPDATE tickets t SET revoked = true FROM cancelled c WHERE t.event_key = c.event_key AND t.number = c.number
), withdrawn AS (
    -- Inserted if there is no row yet: a server that is still storing the file then finds it withdrawn.
    INSERT INTO documents (event_key, number, kind, state, promised_at, due_at)
    SELECT event_key, number, 1 /* tickets */, 4 /* withdrawn */, now(), now() FROM cancelled WHERE confirmed
    ON CONFLICT (event_key, number, kind, part) DO UPDATE SET state = 4 /* withdrawn */, due_at = now()
), withdrawn_others AS (
    UPDATE documents d SET state = 4 /* withdrawn */, due_at = now()
    FROM cancelled c WHERE d.event_key = c.event_key AND d.number = c.number AND d.kind <> 1 /* tickets */
), told AS (
    INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency)
    SELECT gen_random_uuid(), e.organizer_key, c.event_key, c.number, 4 /* cancelled */, 2
    FROM cancelled c JOIN events e USING (event_key)
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $3, 'registration.cancelled', e.organizer_key, c.event_key, jsonb_build_object('registrationId',
        e.code || '-' || lpad(c.number::text, greatest(4, length(c.number::text)), '0'))
    FROM cancelled c JOIN events e USING (event_key)
)
SELECT (SELECT count(*) FROM cancelled) AS cancelled, (SELECT count(*) FROM seats) AS released
