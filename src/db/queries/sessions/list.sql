-- Sessions of an account ($1) that have not ended ($2 seconds idle, $3 seconds old), the newest use first.
SELECT session_id, created_at, seen_at, device, host(network) AS network FROM sessions
WHERE account_key = $1 AND seen_at > now() - make_interval(secs => $2)
    AND created_at > now() - make_interval(secs => $3)
ORDER BY seen_at DESC
