-- Revokes a token of an organizer ($1), once: $2 token, $3 actor.
WITH revoked AS (
    UPDATE api_tokens SET revoked_at = now() WHERE organizer_key = $1 AND token_id = $2 AND revoked_at IS NULL
    RETURNING token_id
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $3, 'token.revoked', $1, jsonb_build_object('tokenId', token_id) FROM revoked
)
SELECT token_id FROM revoked
