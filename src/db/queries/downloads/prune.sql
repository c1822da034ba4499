-- Deletes records of downloads older than $1 days, at most $2.
DELETE FROM downloads WHERE ctid IN (
    SELECT ctid FROM downloads WHERE at < now() - make_interval(days => $1) LIMIT $2
)
RETURNING number
