-- Adds a ticket type under the next number.
WITH revised AS (
    UPDATE events SET revision = revision + 1 WHERE event_key = $1 RETURNING event_key
), added AS (
    INSERT INTO ticket_types (event_key, type_number, code, name, description, price_amount, price_currency,
        max_per_registration)
    SELECT event_key, (SELECT coalesce(max(type_number), 0) + 1 FROM ticket_types WHERE event_key = $1), $2, $3, $4, $5,
        $6, $7
    FROM revised
    RETURNING event_key, type_number
)
INSERT INTO ticket_type_seats (event_key, type_number, capacity) SELECT event_key, type_number, $8 FROM added
