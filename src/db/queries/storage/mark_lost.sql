-- What does not lie in storage as it should is promised anew, unless it was replaced meanwhile. What another program made
-- cannot be made again: our own takes its place, if that is said to be well ($6).
UPDATE documents d SET state = 1, due_at = now(), failures = 0, imported = false
FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::bytea[])
    AS l (event_key, number, kind, part, content_hash)
WHERE d.event_key = l.event_key AND d.number = l.number AND d.kind = l.kind AND d.part = l.part
    AND ($6 OR NOT d.imported)
    AND CASE d.state WHEN 2 THEN d.content_hash = l.content_hash ELSE false END
RETURNING d.number
