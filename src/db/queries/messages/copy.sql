-- Keeps a copy of a message until storage answers again, unless $4 copies are kept: $1 id, $2 key, $3 copy.
INSERT INTO message_copies (message_id, storage_key, copy)
SELECT $1, $2, $3 WHERE (SELECT count(*) FROM (SELECT FROM message_copies LIMIT $4) AS kept) < $4
ON CONFLICT (message_id) DO UPDATE SET storage_key = excluded.storage_key, copy = excluded.copy
RETURNING message_id
