-- Codes a gate must refuse: of tickets that were revoked, and those before the present one of tickets that were issued anew. $2 is
-- where the last page ended.
SELECT number, position, ticket_id, CASE WHEN revoked THEN generation ELSE generation - 1 END::smallint AS generation
FROM tickets
WHERE event_key = $1 AND (revoked OR generation > 1) AND (number, position) > ($2, $3)
ORDER BY number, position LIMIT $4
