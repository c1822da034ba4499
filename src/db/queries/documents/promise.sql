-- Inserts the documents of registrations that are at least $1 seconds old: by then the server that had them in memory
-- has stored their files, or lost them. At most $2 registrations of an event and 16 events; events that another server
-- is working on are skipped.
WITH behind AS MATERIALIZED (
    SELECT p.event_key, p.promised_to, least(s.last_number, p.promised_to + $2) AS last
    FROM document_promises p JOIN event_seats s USING (event_key)
    -- OFFSET 0: see stats/documents.sql.
    WHERE p.promised_to < s.last_number AND coalesce((
        -- Numbers of imported registrations may have gaps.
        SELECT r.created_at FROM registrations r
        WHERE r.event_key = p.event_key AND r.number > p.promised_to ORDER BY r.number LIMIT 1
    ) <= now() - make_interval(secs => $1), true)
    ORDER BY p.event_key LIMIT 16
    FOR UPDATE OF p SKIP LOCKED
), fresh AS (
    SELECT b.event_key, min(r.number) AS first
    FROM behind b CROSS JOIN LATERAL (
        SELECT * FROM registrations
        WHERE event_key = b.event_key AND number BETWEEN b.promised_to + 1 AND b.last OFFSET 0
    ) r
    WHERE r.created_at > now() - make_interval(secs => $1)
    GROUP BY b.event_key
), ready AS MATERIALIZED (
    SELECT b.event_key, b.promised_to, coalesce(f.first - 1, b.last) AS last
    FROM behind b LEFT JOIN fresh f USING (event_key)
), promised AS (
    INSERT INTO documents (event_key, number, kind, state, promised_at, due_at)
    SELECT r.event_key, r.number, 1 /* tickets */, 1 /* pending */, r.created_at, now()
    FROM ready CROSS JOIN LATERAL (
        SELECT * FROM registrations
        WHERE event_key = ready.event_key AND number BETWEEN ready.promised_to + 1 AND ready.last OFFSET 0
    ) r
    WHERE r.status = 1 /* confirmed */
    ON CONFLICT DO NOTHING
), moved AS (
    UPDATE document_promises p SET promised_to = ready.last FROM ready WHERE p.event_key = ready.event_key
    RETURNING ready.last - ready.promised_to AS registrations
)
SELECT coalesce(sum(registrations), 0) AS registrations FROM moved
