-- Creates the account of a confirmed sign-up ($1). No row: the request was used or has expired, or the address has an
-- account already.
WITH used AS (
    DELETE FROM person_requests WHERE request_id = $1 AND purpose = 'sign-up' AND expires_at > now()
    RETURNING request_id, address, detail
), others AS (
    DELETE FROM person_requests p USING used u
    WHERE p.address = u.address AND p.purpose = 'sign-up' AND p.request_id <> u.request_id
)
INSERT INTO accounts (address, email, name, language, password)
SELECT address, detail->>'email', detail->>'name', detail->>'language', detail->>'password' FROM used
ON CONFLICT (address) DO NOTHING
RETURNING account_key
