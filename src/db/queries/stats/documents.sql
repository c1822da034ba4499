-- Files of kind tickets by state.
SELECT state, count(*) AS documents, coalesce(sum(bytes), 0)::bigint AS bytes
FROM documents WHERE event_key = $1 AND kind = 1 /* tickets */ GROUP BY state
UNION ALL
-- Pending files that have no row yet. OFFSET 0 keeps the planner from merging the subquery into the join: each row is
-- then found by the index, also under a plan made while the table was empty.
SELECT 1 /* pending */::smallint AS state, count(*), 0
FROM document_promises p CROSS JOIN LATERAL (
    SELECT * FROM registrations WHERE event_key = p.event_key AND number > p.promised_to OFFSET 0
) r
WHERE p.event_key = $1 AND r.status = 1 /* confirmed */ AND NOT EXISTS (
    SELECT FROM documents d
    WHERE d.event_key = r.event_key AND d.number = r.number AND d.kind = 1 /* tickets */ OFFSET 0
)
