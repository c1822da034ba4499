-- Listed registrations with their files: $1 event, $2 numbers, $3 types, $4 start of the job.
SELECT r.number, r.quantity, d.kind, d.part, d.state, d.content_hash, d.imported, d.revision, d.layout_version,
    d.key_id, coalesce(d.stored_at >= $4, false) AS stored_since
FROM unnest($2::int[]) AS asked (number) CROSS JOIN LATERAL (
    SELECT * FROM registrations WHERE event_key = $1 AND number = asked.number OFFSET 0
) r LEFT JOIN LATERAL (
    SELECT * FROM documents
    WHERE event_key = r.event_key AND number = r.number AND kind IN (1 /* tickets */, 3 /* ticket */, 4 /* code */)
    OFFSET 0
) d ON true
WHERE r.status = 1 /* confirmed */ AND ($3::smallint[] IS NULL OR r.type_number = ANY ($3))
ORDER BY r.number, d.kind, d.part
