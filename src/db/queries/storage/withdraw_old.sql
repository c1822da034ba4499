-- Withdraws files of kinds $1 of events that ended more than $2 days ago; the sweeper removes their objects.
WITH old AS MATERIALIZED (
    SELECT d.event_key, d.number, d.kind, d.part FROM documents d JOIN events e USING (event_key)
    WHERE d.state = 2 /* stored */ AND d.kind = ANY ($1::smallint[]) AND e.ends_at < now() - make_interval(days => $2)
    LIMIT $3 FOR UPDATE OF d SKIP LOCKED
), withdrawn AS (
    UPDATE documents d SET state = 4 /* withdrawn */, due_at = now() FROM old
    WHERE d.event_key = old.event_key AND d.number = old.number AND d.kind = old.kind AND d.part = old.part
    RETURNING d.event_key, d.bytes
)
SELECT event_key, count(*) AS documents, sum(bytes)::bigint AS bytes FROM withdrawn GROUP BY event_key
