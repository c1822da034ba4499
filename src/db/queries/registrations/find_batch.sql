-- Registrations of a batch whose answer was lost, by the random id of the first ticket of each.
SELECT t.ticket_id, r.number, r.created_at
FROM tickets t JOIN registrations r USING (event_key, number)
WHERE t.ticket_id = ANY ($1::uuid[])
