-- Adds a token on behalf of a caller, of which only the hash and the beginning are stored: $8 actor. At most $9 tokens
-- of an organizer are valid. No row: there are as many.
WITH allowed AS (
    SELECT WHERE $9 > (SELECT count(*) FROM api_tokens WHERE organizer_key = $2 AND revoked_at IS NULL
        AND (expires_at IS NULL OR now() < expires_at))
), issued AS (
    INSERT INTO api_tokens (token_id, organizer_key, name, token_hash, scopes, expires_at, beginning)
    SELECT $1, $2, $3, $4, $5, now() + make_interval(days => $6), $7 FROM allowed
    RETURNING token_id
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $8, 'token.created', $2, jsonb_build_object('tokenId', token_id, 'name', $3::text,
        'scopes', to_jsonb($5::text[]), 'expiresInDays', $6::int)
    FROM issued
)
SELECT token_id FROM issued
