-- Marks files as stored. A file whose lease was lost has overwritten the file of the present holder: it is promised
-- again, because the database cannot know which of the two is in storage. A file that was withdrawn meanwhile is in
-- storage again and has to be removed again. Fresh files ($5 is 0) may have no row yet.
--
-- Conditions that the planner could take for selective are hidden in CASE, so that rows are always found by their
-- primary key, even if the plan was made while the table was empty.
WITH finished AS MATERIALIZED (
    SELECT * FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::smallint[], $6::bytea[], $7::text[],
        $8::int[], $9::text[], $10::int[], $11::int[], $12::smallint[])
        AS s (event_key, number, kind, part, attempts, content_hash, storage_key, bytes, tag, revision, layout_version,
            key_id)
), valid AS MATERIALIZED (
    -- A file made on demand is kept only while its registration is valid. FOR SHARE waits for a cancellation that has
    -- begun. One of kind tickets is not checked: cancellation has inserted its row.
    SELECT r.event_key, r.number FROM finished d CROSS JOIN LATERAL (
        SELECT event_key, number FROM registrations
        WHERE event_key = d.event_key AND number = d.number AND status = 1 /* confirmed */ FOR SHARE
    ) r
    WHERE d.attempts = 0 AND d.kind <> 1 /* tickets */
), fresh AS (
    INSERT INTO documents AS d (event_key, number, kind, part, state, promised_at, due_at, stored_at, content_hash,
        storage_key, bytes, tag, revision, layout_version, key_id)
    SELECT event_key, number, kind, part, 2 /* stored */, now(), now(), now(), content_hash, storage_key, bytes, tag,
        revision, layout_version, key_id
    FROM finished s WHERE attempts = 0 AND (kind = 1 /* tickets */ OR (event_key, number) IN (SELECT * FROM valid))
    ON CONFLICT (event_key, number, kind, part) DO UPDATE SET state = 2 /* stored */, stored_at = now(), error = NULL,
        failures = 0, content_hash = excluded.content_hash, storage_key = excluded.storage_key, bytes = excluded.bytes,
        tag = excluded.tag, revision = excluded.revision, layout_version = excluded.layout_version,
        key_id = excluded.key_id
    WHERE d.state = 1 /* pending */ AND d.attempts = 0
    RETURNING d.event_key
), stored AS (
    UPDATE documents d SET state = 2 /* stored */, stored_at = now(), content_hash = s.content_hash,
        storage_key = s.storage_key, bytes = s.bytes, tag = s.tag, revision = s.revision,
        layout_version = s.layout_version, key_id = s.key_id, imported = false, error = NULL, failures = 0
    FROM finished s
    WHERE d.event_key = s.event_key AND d.number = s.number AND d.kind = s.kind AND d.part = s.part
        AND CASE WHEN s.attempts > 0 AND d.state = 1 /* pending */ THEN d.attempts = s.attempts ELSE false END
    RETURNING d.event_key
), promised_again AS (
    UPDATE documents d SET state = 1 /* pending */, attempts = least(d.attempts + 1, 32767), due_at = now(),
        imported = false
    FROM finished s
    WHERE d.event_key = s.event_key AND d.number = s.number AND d.kind = s.kind AND d.part = s.part
        AND CASE d.state WHEN 2 /* stored */
            THEN d.attempts <> s.attempts AND d.content_hash <> s.content_hash ELSE false END
    RETURNING d.event_key
), withdrawn AS (
    UPDATE documents d SET storage_key = s.storage_key, attempts = least(d.attempts + 1, 32767), due_at = now()
    FROM finished s
    WHERE d.event_key = s.event_key AND d.number = s.number AND d.kind = s.kind AND d.part = s.part
        AND CASE d.state WHEN 4 /* withdrawn */ THEN true ELSE false END
)
SELECT (SELECT count(*) FROM fresh) + (SELECT count(*) FROM stored) AS stored,
    (SELECT count(*) FROM promised_again) AS promised_again
