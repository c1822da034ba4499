-- In one snapshot: the sold-out parts of an event ($1), and the idempotency keys that hold a seat, at most $2.
SELECT coalesce(s.sold >= s.capacity, false) OR NOT EXISTS (
        SELECT FROM ticket_type_seats t WHERE t.event_key = $1 AND (t.capacity IS NULL OR t.sold < t.capacity)
    ) AS whole_event,
    ARRAY (SELECT type_number FROM ticket_type_seats WHERE event_key = $1 AND sold >= capacity) AS types,
    ARRAY (
        SELECT idempotency_key FROM registrations WHERE event_key = $1 AND idempotency_key IS NOT NULL LIMIT $2
    ) AS keys
FROM event_seats s WHERE s.event_key = $1
