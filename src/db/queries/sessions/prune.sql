-- Deletes sessions that nobody used for $1 seconds or that are $2 seconds old, requests that have expired, and wrong
-- guesses of yesterday.
WITH requests AS (
    DELETE FROM person_requests WHERE expires_at < now() - interval '1 day'
), wrong AS (
    DELETE FROM guesses WHERE last_at < now() - interval '1 day'
)
DELETE FROM sessions
WHERE seen_at < now() - make_interval(secs => $1) OR created_at < now() - make_interval(secs => $2)
