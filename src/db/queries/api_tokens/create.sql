-- Adds a token, of which only the hash and the beginning are stored.
INSERT INTO api_tokens (token_id, organizer_key, name, token_hash, scopes, expires_at, beginning)
VALUES ($1, $2, $3, $4, $5, now() + make_interval(days => $6), $7)
