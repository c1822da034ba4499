-- Public keys of an event.
SELECT key_id, public_key, created_at FROM signing_keys WHERE event_key = $1 ORDER BY key_id
