-- Keys of the copies of messages about a registration.
SELECT storage_key FROM messages WHERE event_key = $1 AND number = $2 AND storage_key IS NOT NULL
