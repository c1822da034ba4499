SELECT state, count(*) AS documents, coalesce(sum(bytes), 0)::bigint AS bytes
FROM documents WHERE event_key = $1 AND kind = 1 GROUP BY state
UNION ALL
-- Promised, and not written down yet.
SELECT 1::smallint, count(*), 0
FROM document_promises p JOIN registrations r ON r.event_key = p.event_key AND r.number > p.promised_to
WHERE p.event_key = $1 AND r.status = 1 AND NOT EXISTS (
    SELECT FROM documents d WHERE d.event_key = r.event_key AND d.number = r.number AND d.kind = 1
)
