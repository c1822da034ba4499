-- Inserts an invoice and releases its lease. Only the holder of the lease may do so, since only it knows which object
-- is in storage.
WITH freed AS (
    DELETE FROM leases WHERE name = $1 AND token = $2 AND until > clock_timestamp() RETURNING name
)
INSERT INTO invoices (storage_key, organizer_key, content_hash, tag, bytes, currency, total, issued_at, upload_ms,
    request)
SELECT $3, $4, $5, $6, $7, $8, $9, $10, $11, $12 FROM freed
ON CONFLICT DO NOTHING
RETURNING storage_key
