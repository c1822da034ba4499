-- Promises files again whose object is missing or differs, unless they were replaced meanwhile; files of invalid
-- registrations are withdrawn. A file from another program cannot be made again: a file of our own replaces it only
-- if $6 is true.
UPDATE documents d SET due_at = now(), failures = 0, imported = false,
    state = CASE WHEN EXISTS (
            -- OFFSET 0: see stats/documents.sql.
            SELECT FROM registrations r
            WHERE r.event_key = d.event_key AND r.number = d.number AND r.status = 1 /* confirmed */ OFFSET 0
        ) THEN 1 /* pending */ ELSE 4 /* withdrawn */ END
FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::bytea[])
    AS l (event_key, number, kind, part, content_hash)
WHERE d.event_key = l.event_key AND d.number = l.number AND d.kind = l.kind AND d.part = l.part
    AND ($6 OR NOT d.imported)
    AND CASE d.state WHEN 2 /* stored */ THEN d.content_hash = l.content_hash ELSE false END
RETURNING d.number
