SELECT state, count(*) AS documents, coalesce(sum(bytes), 0)::bigint AS bytes
FROM documents WHERE event_key = $1 AND kind = 1 GROUP BY state
UNION ALL
-- Promised, and not written down yet.
SELECT 1::smallint, count(*), 0
-- Looked up one by one: OFFSET keeps a planner that sees no rows yet from reading the whole event for each.
FROM document_promises p CROSS JOIN LATERAL (
    SELECT * FROM registrations WHERE event_key = p.event_key AND number > p.promised_to OFFSET 0
) r
WHERE p.event_key = $1 AND r.status = 1 AND NOT EXISTS (
    SELECT FROM documents d WHERE d.event_key = r.event_key AND d.number = r.number AND d.kind = 1 OFFSET 0
)
