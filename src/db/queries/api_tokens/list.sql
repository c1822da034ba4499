-- Tokens by organizer and age; $1 name and $2 key of an organizer, null: all.
SELECT t.token_id, o.name AS organizer, t.name, t.beginning, t.scopes, t.created_at, t.used_at, t.expires_at,
    t.revoked_at
FROM api_tokens t JOIN organizers o USING (organizer_key)
WHERE ($1::text IS NULL OR o.name = $1) AND ($2::int IS NULL OR o.organizer_key = $2)
ORDER BY t.organizer_key, t.created_at
