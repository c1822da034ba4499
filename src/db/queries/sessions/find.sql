-- The session of a token ($1, its hash) and its account, unless it was idle for $2 seconds or is $3 seconds old.
WITH found AS (
    SELECT session_id, account_key, seen_at, created_at FROM sessions
    WHERE token_hash = $1 AND seen_at > now() - make_interval(secs => $2)
        AND created_at > now() - make_interval(secs => $3)
), seen AS (
    UPDATE sessions s SET seen_at = now() FROM found f
    WHERE s.session_id = f.session_id AND f.seen_at < now() - interval '1 minute'
)
SELECT f.session_id, f.account_key, extract(epoch FROM now() - f.created_at)::float8 AS age_seconds, a.account_id,
    a.address, a.email, a.name, a.language, a.second_factor IS NOT NULL AS has_factor, t.organizers, t.slugs, t.names,
    t.roles
FROM found f JOIN accounts a USING (account_key) CROSS JOIN LATERAL (
    SELECT array_agg(m.organizer_key ORDER BY m.joined_at) AS organizers,
        array_agg(o.slug ORDER BY m.joined_at) AS slugs, array_agg(o.name ORDER BY m.joined_at) AS names,
        array_agg(m.role ORDER BY m.joined_at) AS roles
    FROM members m JOIN organizers o USING (organizer_key) WHERE m.account_key = a.account_key
) t
