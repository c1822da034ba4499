-- Promises files again whose object is missing or differs, unless they were replaced meanwhile. A file from another
-- program cannot be made again: a file of our own replaces it only if $6 is true.
UPDATE documents d SET state = 1 /* pending */, due_at = now(), failures = 0, imported = false
FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::bytea[])
    AS l (event_key, number, kind, part, content_hash)
WHERE d.event_key = l.event_key AND d.number = l.number AND d.kind = l.kind AND d.part = l.part
    AND ($6 OR NOT d.imported)
    AND CASE d.state WHEN 2 /* stored */ THEN d.content_hash = l.content_hash ELSE false END
RETURNING d.number
