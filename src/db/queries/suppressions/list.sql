-- Suppressed addresses of an organizer, by address: $2 a part of the address, null: all; $3 the last one of the page
-- before.
SELECT address, reason, message_id, created_at FROM suppressions
WHERE organizer_key = $1 AND ($2::text IS NULL OR position($2 IN address) > 0) AND address > $3
ORDER BY address LIMIT $4
