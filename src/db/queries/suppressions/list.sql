-- Suppressed addresses of an organizer, by address and reason: $2 a part of the address, null: all; $3 and $4 the last
-- one of the page before.
SELECT address, reason, message_id, created_at FROM suppressions
WHERE organizer_key = $1 AND ($2::text IS NULL OR position($2 IN address) > 0) AND (address, reason) > ($3, $4)
ORDER BY address, reason LIMIT $5
