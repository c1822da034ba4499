-- Uses a request for a new password ($2) of an account ($1): sets the password to a hash ($3), ends all sessions, and
-- tells the owner. Requests for a new address are void. No row: the request was used or has expired.
WITH used AS (
    DELETE FROM person_requests
    WHERE request_id = $2 AND account_key = $1 AND purpose = 'reset' AND expires_at > now()
    RETURNING account_key
), changed AS (
    UPDATE accounts a SET password = $3 FROM used u WHERE a.account_key = u.account_key
    RETURNING a.account_key, a.address, a.name, a.language
), ended AS (
    DELETE FROM sessions s USING changed c WHERE s.account_key = c.account_key
), void AS (
    DELETE FROM person_requests p USING changed c
    WHERE p.account_key = c.account_key AND p.purpose IN ('reset', 'address') AND p.request_id <> $2
), told AS (
    INSERT INTO messages (message_id, kind, urgency, recipient, detail)
    SELECT gen_random_uuid(), 13 /* account-notice */, 1, address,
        jsonb_build_object('notice', 'password', 'name', name, 'language', language)
    FROM changed
)
SELECT account_key FROM changed
