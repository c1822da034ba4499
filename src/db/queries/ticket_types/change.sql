-- Changes a ticket type, unless the revision of the event is not $10 any more.
WITH revised AS (
    UPDATE events SET revision = revision + 1 WHERE event_key = $1 AND revision = $10 RETURNING event_key
), changed AS (
    UPDATE ticket_types t SET code = $3, name = $4, description = $5, price_amount = $6, price_currency = $7,
        max_per_registration = $8
    FROM revised WHERE t.event_key = revised.event_key AND t.type_number = $2
    RETURNING t.event_key, t.type_number
)
UPDATE ticket_type_seats s SET capacity = $9 FROM changed
WHERE s.event_key = changed.event_key AND s.type_number = changed.type_number
RETURNING s.type_number
