-- Adds a key under the next number, from then on the one that signs: $1 event, $2 public key, $3 sealed secret.
INSERT INTO signing_keys (event_key, key_id, public_key, sealed_secret)
SELECT $1, max(key_id) + 1, $2, $3 FROM signing_keys WHERE event_key = $1 HAVING max(key_id) < 255
RETURNING key_id
