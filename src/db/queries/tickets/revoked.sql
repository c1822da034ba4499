-- Codes a gate must refuse. $2 is where the last page ended.
SELECT number, position, ticket_id, generation FROM tickets
WHERE event_key = $1 AND revoked AND (number, position) > ($2, $3)
ORDER BY number, position LIMIT $4
