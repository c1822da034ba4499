-- Files of kind tickets by state.
SELECT state, sum(documents)::bigint AS documents, sum(bytes)::bigint AS bytes
FROM (
    SELECT * FROM document_counts WHERE event_key = $1 UNION ALL SELECT * FROM document_changes WHERE event_key = $1
) AS c
GROUP BY state HAVING sum(documents) > 0
UNION ALL
-- Pending files that have no row yet: confirmed registrations beyond the mark, less the rows beyond it. OFFSET 0 keeps
-- the planner from merging the subqueries into the joins: rows are then found by the index, also under a plan made
-- while the table was empty.
SELECT 1 /* pending */::smallint AS state, greatest(0, confirmed.registrations - known.documents), 0
FROM document_promises p CROSS JOIN LATERAL (
    SELECT count(*) AS registrations FROM (
        SELECT * FROM registrations WHERE event_key = p.event_key AND number > p.promised_to OFFSET 0
    ) r WHERE r.status = 1 /* confirmed */
) confirmed CROSS JOIN LATERAL (
    SELECT count(*) AS documents FROM (
        SELECT * FROM documents WHERE event_key = p.event_key AND number > p.promised_to OFFSET 0
    ) d WHERE d.kind = 1 /* tickets */ AND d.state <> 4 /* withdrawn */
) known
WHERE p.event_key = $1
