-- Keys of the copies of messages to an address ($1, in lower case): of a person who was a contact before, too.
SELECT storage_key FROM messages WHERE storage_key IS NOT NULL AND lower(recipient) = $1
