-- Adds a signing key under the next number; the newest key signs. The event's revision changes, so files with codes of
-- the older key become stale. $1 event, $2 public key, $3 sealed secret, $4 actor.
WITH added AS (
    INSERT INTO signing_keys (event_key, key_id, public_key, sealed_secret)
    SELECT $1, max(key_id) + 1, $2, $3 FROM signing_keys WHERE event_key = $1 HAVING max(key_id) < 255
    RETURNING event_key, key_id
), revised AS (
    UPDATE events e SET revision = e.revision + 1 FROM added a WHERE e.event_key = a.event_key
    RETURNING e.event_key, e.organizer_key, a.key_id
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $4, 'key.rotated', organizer_key, event_key, jsonb_build_object('keyId', key_id) FROM revised
)
SELECT key_id FROM added
