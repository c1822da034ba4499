-- Takes or renews a lease: one that is free, expired or already held under this token.
INSERT INTO leases AS l (name, token, until) VALUES ($1, $2, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (name) DO UPDATE SET token = excluded.token, until = excluded.until
WHERE l.until <= clock_timestamp() OR l.token = excluded.token
RETURNING name
