-- Suppresses an address: $1 organizer, $2 address, $3 reason, $4 actor, $5 message that led to it.
WITH added AS (
    INSERT INTO suppressions (organizer_key, address, reason, message_id) VALUES ($1, $2, $3, $5)
    ON CONFLICT (organizer_key, address, reason) DO NOTHING
    RETURNING organizer_key
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $4, 'suppression.added', organizer_key, jsonb_build_object('reason', $3::text) FROM added
)
SELECT count(*) AS added FROM added
