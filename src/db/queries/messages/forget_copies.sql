-- Forgets copies that are not in storage any more.
UPDATE messages SET storage_key = NULL WHERE message_id = ANY ($1::uuid[])
