-- Copies of messages that are older than $1 days, after the one at $2 and $3.
SELECT message_id, storage_key, created_at, bytes FROM messages
WHERE storage_key IS NOT NULL AND created_at < now() - make_interval(days => $1)
    AND (created_at, message_id) > ($2::timestamptz, $3::uuid)
ORDER BY created_at, message_id LIMIT $4
