-- Registrations of a chunk with their files: $1 event, $2 and $3 numbers, $4 types, $5 start of the job.
SELECT r.number, r.quantity, d.kind, d.part, d.state, d.content_hash, d.imported, d.revision, d.layout_version,
    d.key_id, coalesce(d.stored_at >= $5, false) AS stored_since
FROM registrations r LEFT JOIN LATERAL (
    SELECT * FROM documents
    WHERE event_key = r.event_key AND number = r.number AND kind IN (1 /* tickets */, 3 /* ticket */, 4 /* code */)
    OFFSET 0
) d ON true
WHERE r.event_key = $1 AND r.number BETWEEN $2 AND $3 AND r.status = 1 /* confirmed */
    AND ($4::smallint[] IS NULL OR r.type_number = ANY ($4))
ORDER BY r.number, d.kind, d.part
