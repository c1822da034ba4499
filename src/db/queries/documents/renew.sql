-- Renews the leases ($5 are their tokens) of documents that are still being made. For the CASE in the condition see
-- mark_stored.
WITH held AS MATERIALIZED (
    SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::smallint[])
        AS h (event_key, number, kind, part, attempts)
)
UPDATE documents d SET due_at = now() + make_interval(secs => $6)
FROM held h
WHERE d.event_key = h.event_key AND d.number = h.number AND d.kind = h.kind AND d.part = h.part
    AND CASE d.state WHEN 1 /* pending */ THEN d.attempts = h.attempts ELSE false END
RETURNING d.event_key, d.number, d.kind, d.part, d.attempts
