-- The copy of a message that waits for storage.
SELECT copy FROM message_copies WHERE message_id = $1
