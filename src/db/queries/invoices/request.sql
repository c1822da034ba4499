-- The request that an invoice was made from.
SELECT request FROM invoices WHERE storage_key = $1
