-- Notes that the object of an invoice was made again, from the same request.
UPDATE invoices SET content_hash = $2, tag = $3, bytes = $4 WHERE storage_key = $1 RETURNING storage_key
