-- The organizer and the scopes of a token, by its hash.
SELECT t.organizer_key, o.name, t.scopes, t.token_id, t.name AS token_name
FROM api_tokens t JOIN organizers o USING (organizer_key)
WHERE t.token_hash = $1 AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR now() < t.expires_at)
