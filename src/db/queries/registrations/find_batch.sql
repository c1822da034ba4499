-- Whether a batch whose answer was lost is there: by the random id of each registration's first ticket.
SELECT t.ticket_id, r.number, r.created_at
FROM tickets t JOIN registrations r USING (event_key, number)
WHERE t.ticket_id = ANY ($1::uuid[])
