-- Copies that wait for storage.
SELECT message_id, storage_key, copy FROM message_copies ORDER BY message_id LIMIT $1
