-- Uses the token of a provider's event, once. Removes old tokens: events as old are refused by their time.
WITH removed AS (
    DELETE FROM mail_event_tokens WHERE token IN (
        SELECT token FROM mail_event_tokens WHERE used_at < now() - interval '1 hour' LIMIT 100)
)
INSERT INTO mail_event_tokens (token) VALUES ($1) ON CONFLICT DO NOTHING RETURNING token
