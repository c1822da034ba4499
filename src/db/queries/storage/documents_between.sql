-- Documents of some ranges of registrations that have a storage key; `age` is in seconds since they were stored.
SELECT d.event_key, d.number, d.kind, d.part, d.state, d.storage_key, d.bytes, d.tag, d.content_hash,
    extract(epoch FROM now() - d.stored_at)::float8 AS age
FROM unnest($1::int[], $2::int[], $3::int[]) AS r (event_key, first, last)
    JOIN documents d ON d.event_key = r.event_key AND d.number BETWEEN r.first AND r.last
WHERE d.kind = ANY ($4::smallint[]) AND d.storage_key IS NOT NULL
