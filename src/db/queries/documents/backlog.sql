-- Files that are not in storage yet. For promises without a row, at most 10,000 registrations of an event are read; all
-- later ones count as pending.
WITH pending AS (
    SELECT promised_at FROM documents WHERE state = 1 /* pending */ ORDER BY promised_at LIMIT 100000
), behind AS MATERIALIZED (
    SELECT p.event_key, p.promised_to, s.last_number - p.promised_to AS registrations
    FROM document_promises p JOIN event_seats s USING (event_key) WHERE p.promised_to < s.last_number
), unwritten AS MATERIALIZED (
    SELECT r.created_at
    -- OFFSET 0: see stats/documents.sql.
    FROM behind b CROSS JOIN LATERAL (
        SELECT * FROM registrations
        WHERE event_key = b.event_key AND number BETWEEN b.promised_to + 1 AND b.promised_to + 10000 OFFSET 0
    ) r
    WHERE r.status = 1 /* confirmed */ AND NOT EXISTS (
        SELECT FROM documents d
        WHERE d.event_key = r.event_key AND d.number = r.number AND d.kind = 1 /* tickets */ OFFSET 0
    )
)
SELECT
    (SELECT count(*) FROM (SELECT FROM documents WHERE state = 3 /* failed */ LIMIT 100000) AS some_failed) AS failed,
    (SELECT count(*) FROM pending) + (SELECT count(*) FROM unwritten)
        + (SELECT coalesce(sum(greatest(registrations - 10000, 0)), 0)::bigint FROM behind) AS pending,
    coalesce(extract(epoch FROM now() - least(
        (SELECT min(promised_at) FROM pending), (SELECT min(created_at) FROM unwritten)
    )), 0)::float8 AS oldest_seconds
