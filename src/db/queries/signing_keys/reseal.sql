-- Replaces the sealed secret of a signing key. $1 event, $2 key id, $3 sealed secret before, $4 sealed secret now.
UPDATE signing_keys SET sealed_secret = $4 WHERE event_key = $1 AND key_id = $2 AND sealed_secret = $3
RETURNING key_id
