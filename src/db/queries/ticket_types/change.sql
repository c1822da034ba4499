WITH revised AS (
    UPDATE events SET revision = revision + 1 WHERE event_key = $1
), changed AS (
    UPDATE ticket_types SET code = $3, name = $4, description = $5, price_amount = $6, price_currency = $7,
        max_per_registration = $8
    WHERE event_key = $1 AND type_number = $2
)
UPDATE ticket_type_seats SET capacity = $9 WHERE event_key = $1 AND type_number = $2
