-- Codes that gates refuse: those of revoked tickets, and the generation before the present one of tickets whose code
-- was issued anew. $2 and $3 is the end of the page before.
SELECT number, position, ticket_id, CASE WHEN revoked THEN generation ELSE generation - 1 END::smallint AS generation
FROM tickets
WHERE event_key = $1 AND (revoked OR generation > 1) AND (number, position) > ($2, $3)
ORDER BY number, position LIMIT $4
