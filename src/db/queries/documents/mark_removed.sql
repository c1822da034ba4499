-- Clears the key of removed objects. An object that was put again meanwhile has another lease token.
UPDATE documents d SET storage_key = NULL, tag = NULL
FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::smallint[])
    AS r (event_key, number, kind, part, attempts)
WHERE d.event_key = r.event_key AND d.number = r.number AND d.kind = r.kind AND d.part = r.part
    AND CASE d.state WHEN 4 /* withdrawn */ THEN d.attempts = r.attempts ELSE false END
