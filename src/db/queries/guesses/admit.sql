-- Counts a try for $1 as wrong until it proves right. The first five are free; after them the wait doubles, up to a
-- quarter of an hour. No row: it is too early. A crash may forget the newest tries: they are not waited for on disk.
WITH quick AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS is_set)
INSERT INTO guesses AS g (target, tries) SELECT $1, 1 FROM quick
ON CONFLICT (target) DO UPDATE
SET tries = CASE WHEN g.last_at < now() - interval '1 day' THEN 1 ELSE g.tries + 1 END, last_at = now()
WHERE g.tries < 5 OR g.last_at + least(power(2, least(g.tries - 5, 20)), 900) * interval '1 second' <= now()
RETURNING tries
