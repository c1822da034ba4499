-- Claims the next chunk of job $3: $1 seconds of lease, $2 registrations of a regeneration; an archive is one chunk. If
-- codes are to be issued anew, this statement does so together with claiming the chunk, so that each is issued once
-- even if the chunk is done twice; the contacts are told.
WITH next AS MATERIALIZED (
    SELECT j.job_id, j.reached + 1 AS first, CASE
            WHEN j.kind = 2 /* archive */ THEN j.last_number
            WHEN j.numbers IS NULL THEN least(j.reached + $2::int, j.last_number)
            ELSE coalesce((SELECT max(n) FROM (
                SELECT n FROM unnest(j.numbers) AS n WHERE n > j.reached ORDER BY n LIMIT $2::int) AS following),
                j.last_number)
        END AS last
    FROM jobs j
    WHERE j.job_id = $3 AND j.status IN (1 /* queued */, 2 /* running */) AND NOT j.paused
        AND j.reached < j.last_number
    FOR UPDATE OF j
), moved AS (
    UPDATE jobs j SET status = 2 /* running */, started_at = coalesce(j.started_at, now()), reached = next.last,
        served_at = clock_timestamp(), claim_errors = 0, rate_at = coalesce(j.rate_at, now()), version = j.version + 1
    FROM next WHERE j.job_id = next.job_id
    RETURNING j.*, next.first, next.last
), chunk AS (
    INSERT INTO job_chunks (job_id, pass, first, last, until)
    SELECT job_id, pass, first, last, clock_timestamp() + make_interval(secs => $1) FROM moved
), issuing AS MATERIALIZED (
    SELECT * FROM moved j
    WHERE j.kind = 1 /* regeneration */ AND j.pass = 1 AND j.request @> '{"reissue": true, "dryRun": false}'
), listed AS MATERIALIZED (
    -- The listed numbers if there is a list, otherwise all numbers of the chunk.
    SELECT i.event_key, i.types, n
    FROM issuing i CROSS JOIN LATERAL unnest(i.numbers) AS n WHERE n BETWEEN i.first AND i.last
    UNION ALL
    SELECT i.event_key, i.types, n FROM issuing i CROSS JOIN LATERAL generate_series(i.first, i.last) AS n
    WHERE i.numbers IS NULL
), reissued AS (
    UPDATE tickets t SET generation = t.generation + 1
    -- OFFSET 0: see stats/documents.sql.
    FROM listed CROSS JOIN LATERAL (
        SELECT * FROM registrations WHERE event_key = listed.event_key AND number = listed.n OFFSET 0
    ) r CROSS JOIN LATERAL (
        SELECT ticket_id FROM tickets WHERE event_key = r.event_key AND number = r.number AND NOT revoked OFFSET 0
    ) k
    WHERE t.ticket_id = k.ticket_id AND r.status = 1 /* confirmed */
        AND (listed.types IS NULL OR r.type_number = ANY (listed.types))
        -- A file from another program would still show the revoked code.
        AND NOT EXISTS (
            SELECT FROM documents d
            WHERE d.event_key = r.event_key AND d.number = r.number AND d.kind = 1 /* tickets */ AND d.part = 0
                AND d.imported OFFSET 0)
    RETURNING t.event_key, t.number
), promised AS (
    -- Files with the old codes are made again even if this chunk is never finished.
    UPDATE documents d SET state = 1 /* pending */, due_at = clock_timestamp() + make_interval(secs => $1), failures = 0
    FROM (SELECT DISTINCT event_key, number FROM reissued) AS r
    WHERE d.event_key = r.event_key AND d.number = r.number
        AND CASE WHEN d.kind IN (1 /* tickets */, 3 /* ticket */, 4 /* code */)
            THEN d.state IN (2 /* stored */, 3 /* failed */) ELSE false END
), told AS (
    INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency)
    SELECT gen_random_uuid(), e.organizer_key, r.event_key, r.number, 7 /* ticket-reissued */, 2
    FROM (SELECT DISTINCT event_key, number FROM reissued) AS r JOIN events e USING (event_key)
)
SELECT j.pass, j.first, j.last, 1 AS attempts, j.job_id, j.organizer_key, j.event_key, j.kind, j.request, j.types,
    j.numbers, j.revision, j.started_at, j.upload, j.total,
    -- Servers invalidate their cached links to these files.
    (SELECT count(pg_notify('onsale_seats', event_key::text))
        FROM (SELECT DISTINCT event_key FROM reissued) AS changed) AS notified
FROM moved j
