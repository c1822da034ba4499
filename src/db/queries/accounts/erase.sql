-- Deletes an account with its sessions and memberships, and tells its owner. Fails if a team would have no owner.
WITH erased AS (
    DELETE FROM accounts WHERE account_key = $1 RETURNING address, name, language
), void AS (
    DELETE FROM person_requests p USING erased e WHERE p.address = e.address
)
INSERT INTO messages (message_id, kind, urgency, recipient, detail)
SELECT gen_random_uuid(), 13 /* account-notice */, 1, address,
    jsonb_build_object('notice', 'erased', 'name', name, 'language', language)
FROM erased
