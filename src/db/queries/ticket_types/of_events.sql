-- Ticket types of some events.
SELECT t.event_key, t.type_number, t.code, t.name, t.description, t.price_amount,
    t.price_currency::text AS price_currency, t.max_per_registration, s.capacity
FROM ticket_types t JOIN ticket_type_seats s USING (event_key, type_number)
WHERE t.event_key = ANY ($1::int[])
ORDER BY t.event_key, t.type_number
