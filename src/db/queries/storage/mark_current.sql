-- Raises the revision of stored files that the event's last change did not affect.
UPDATE documents d SET revision = $6
FROM unnest($1::int[], $2::int[], $3::smallint[], $4::smallint[], $5::bytea[])
    AS c (event_key, number, kind, part, content_hash)
WHERE d.event_key = c.event_key AND d.number = c.number AND d.kind = c.kind AND d.part = c.part
    AND CASE d.state WHEN 2 /* stored */ THEN d.content_hash = c.content_hash ELSE false END
