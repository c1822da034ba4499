-- Expires unpaid holds and releases their seats. SKIP LOCKED leaves rows that a payment, a cancellation or another
-- server is working on to the next round. Events are locked by key, and an event's seats before those of its types, as
-- in every statement that locks both.
WITH due AS (
    SELECT event_key, number FROM registrations
    WHERE status = 2 /* awaiting_payment */ AND expires_at <= clock_timestamp()
    ORDER BY expires_at LIMIT $1
    FOR UPDATE SKIP LOCKED
), events AS (
    SELECT event_key FROM event_seats WHERE event_key IN (SELECT event_key FROM due)
    ORDER BY event_key FOR UPDATE
), expired AS (
    UPDATE registrations r SET status = 4 /* expired */ FROM due
    WHERE r.event_key = due.event_key AND r.number = due.number AND (SELECT count(*) FROM events) > 0
    RETURNING r.event_key, r.number, r.type_number, r.quantity
), by_event AS (
    SELECT event_key, sum(quantity)::int AS seats FROM expired GROUP BY 1
), by_type AS (
    SELECT event_key, type_number, sum(quantity)::int AS seats FROM expired GROUP BY 1, 2
), seats AS (
    UPDATE event_seats s SET sold = s.sold - b.seats FROM by_event b WHERE s.event_key = b.event_key
    RETURNING s.event_key
), type_seats AS (
    UPDATE ticket_type_seats t SET sold = t.sold - b.seats
    FROM by_type b, seats WHERE seats.event_key = b.event_key
        AND t.event_key = b.event_key AND t.type_number = b.type_number
), revoked AS (
    UPDATE tickets t SET revoked = true FROM expired e WHERE t.event_key = e.event_key AND t.number = e.number
)
SELECT (SELECT count(*) FROM expired) AS expired, (SELECT count(*) FROM seats) AS events
