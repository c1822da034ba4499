-- Cuts the addresses of downloads older than $1 days to their networks and deletes the user agents; at most $2.
WITH old AS MATERIALIZED (
    SELECT ctid FROM downloads
    WHERE address IS NOT NULL AND masklen(address) IN (32, 128) AND at < now() - make_interval(days => $1)
    ORDER BY at LIMIT $2
)
UPDATE downloads d SET user_agent = NULL,
    address = network(set_masklen(d.address, CASE family(d.address) WHEN 4 THEN 24 ELSE 48 END))
FROM old WHERE d.ctid = old.ctid
RETURNING d.number
