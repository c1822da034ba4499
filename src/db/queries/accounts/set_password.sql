-- Sets the password of an account ($1) to a hash ($2), ends all of its sessions but $3, and tells its owner. Requests
-- for a new password or a new address are void.
WITH changed AS (
    UPDATE accounts SET password = $2 WHERE account_key = $1 RETURNING account_key, address, name, language
), ended AS (
    DELETE FROM sessions s USING changed c WHERE s.account_key = c.account_key AND s.session_id IS DISTINCT FROM $3
), void AS (
    DELETE FROM person_requests p USING changed c WHERE p.account_key = c.account_key 
        AND p.purpose IN ('reset', 'address')
)
INSERT INTO messages (message_id, kind, urgency, recipient, detail)
SELECT gen_random_uuid(), 13 /* account-notice */, 1, address,
    jsonb_build_object('notice', 'password', 'name', name, 'language', language)
FROM changed
