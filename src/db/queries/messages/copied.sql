-- Deletes copies that are in storage now.
DELETE FROM message_copies WHERE message_id = ANY ($1::uuid[])
