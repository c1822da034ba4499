-- Counts the stored files of kinds $1 of events that ended more than $2 days ago.
SELECT d.event_key, count(*) AS documents, sum(d.bytes)::bigint AS bytes
FROM documents d JOIN events e USING (event_key)
WHERE d.state = 2 /* stored */ AND d.kind = ANY ($1::smallint[]) AND e.ends_at < now() - make_interval(days => $2)
GROUP BY d.event_key
