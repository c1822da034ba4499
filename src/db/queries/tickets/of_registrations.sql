SELECT number, position, ticket_id, generation, revoked, name, email
FROM tickets WHERE event_key = $1 AND number = ANY ($2::int[])
ORDER BY number, position
