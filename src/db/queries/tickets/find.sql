-- The registration of a ticket.
SELECT event_key, number FROM tickets WHERE ticket_id = $1
