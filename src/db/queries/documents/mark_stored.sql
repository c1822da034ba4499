UPDATE documents d SET state = 2, stored_at = now(), content_hash = s.content_hash, storage_key = s.storage_key,
    bytes = s.bytes, error = NULL
FROM unnest($1::int[], $2::int[], $3::smallint[], $4::bytea[], $5::text[], $6::int[])
    AS s (event_key, number, attempts, content_hash, storage_key, bytes)
WHERE d.event_key = s.event_key AND d.number = s.number AND d.kind = 1 AND d.state = 1 AND d.attempts = s.attempts
