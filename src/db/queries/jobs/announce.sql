-- Queues an announcement for the contacts of a chunk's registrations, once for each address: $1 job, $2 event, $3
-- and $4 numbers, $5 types (null: all), $6 statuses, $7 what the message says, $8 true to count only, $9 listed
-- numbers (null: all). A chunk that is done twice queues nothing twice.
WITH targets AS MATERIALIZED (
    SELECT r.number, t.email, e.organizer_key, NOT EXISTS (
            SELECT FROM suppressions s
            WHERE s.organizer_key = e.organizer_key AND s.address = lower(t.email)) AS reached
    FROM registrations r JOIN events e USING (event_key) CROSS JOIN LATERAL (
        -- OFFSET 0: see stats/documents.sql.
        SELECT email FROM tickets WHERE event_key = r.event_key AND number = r.number AND position = 1 OFFSET 0
    ) t
    WHERE r.event_key = $2 AND r.number BETWEEN $3 AND $4 AND r.status = ANY ($6::smallint[])
        AND ($5::smallint[] IS NULL OR r.type_number = ANY ($5)) AND ($9::int[] IS NULL OR r.number = ANY ($9))
), before AS (
    SELECT count(*) AS messages FROM messages m
    WHERE m.event_key = $2 AND m.number IN (SELECT number FROM targets) AND m.job_id = $1
), queued AS (
    INSERT INTO messages (message_id, organizer_key, event_key, number, kind, urgency, recipient, detail, job_id)
    SELECT gen_random_uuid(), organizer_key, $2, number, 12 /* announcement */, 3, email, $7, $1 FROM targets
    WHERE reached AND NOT $8
    ORDER BY number
    ON CONFLICT (job_id, lower(recipient)) WHERE job_id IS NOT NULL DO NOTHING
    RETURNING message_id
)
SELECT (SELECT count(*) FROM targets) AS targets, CASE WHEN $8 THEN (SELECT count(*) FROM targets WHERE reached)
    ELSE (SELECT count(*) FROM queued) + (SELECT messages FROM before) END AS queued
