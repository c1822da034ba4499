-- Marks files stored. One whose lease was lost has overwritten what somebody else stored meanwhile: that is promised anew,
-- because nobody can tell which of the two lies in storage now.
--
-- Rows are found by their whole key and nothing else, so that there is one plan only, however young the table: conditions
-- that a planner could mistake for selective are hidden in CASE.
WITH finished AS MATERIALIZED (
    SELECT s.*, 1::smallint AS kind
    FROM unnest($1::int[], $2::int[], $3::smallint[], $4::bytea[], $5::text[], $6::int[])
        AS s (event_key, number, attempts, content_hash, storage_key, bytes)
), stored AS (
    UPDATE documents d SET state = 2, stored_at = now(), content_hash = s.content_hash, storage_key = s.storage_key,
        bytes = s.bytes, error = NULL, failures = 0
    FROM finished s
    WHERE d.event_key = s.event_key AND d.number = s.number AND d.kind = s.kind
        AND CASE d.state WHEN 1 THEN d.attempts = s.attempts ELSE false END
    RETURNING d.event_key
), again AS (
    UPDATE documents d SET state = 1, attempts = least(d.attempts + 1, 32767), due_at = now()
    FROM finished s
    WHERE d.event_key = s.event_key AND d.number = s.number AND d.kind = s.kind
        AND CASE d.state WHEN 2 THEN d.attempts <> s.attempts AND d.content_hash <> s.content_hash ELSE false END
    RETURNING d.event_key
)
SELECT (SELECT count(*) FROM stored) AS stored, (SELECT count(*) FROM again) AS again
