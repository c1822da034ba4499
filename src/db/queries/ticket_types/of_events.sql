-- Ticket types of some events.
SELECT t.event_key, t.type_number,
    to_jsonb(t) || jsonb_build_object('capacity', s.capacity, 'price',
        jsonb_build_object('amount', t.price_amount, 'currency', t.price_currency::text)) AS draft
FROM ticket_types t JOIN ticket_type_seats s USING (event_key, type_number)
WHERE t.event_key = ANY ($1::int[])
ORDER BY t.event_key, t.type_number
