-- Tickets of some registrations. For the subquery see registrations/find.sql.
SELECT t.number, t.position, t.ticket_id, t.generation, t.revoked, t.name, t.email
FROM unnest($2::int[]) AS asked (number) CROSS JOIN LATERAL (
    SELECT * FROM tickets WHERE event_key = $1 AND number = asked.number OFFSET 0
) t
ORDER BY t.number, t.position
