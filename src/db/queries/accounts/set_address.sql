-- Gives an account ($2) the address that its owner has confirmed ($1 request), and tells both addresses. Its requests
-- for a new password, which went to the address before, and for other addresses are void.
WITH used AS (
    DELETE FROM person_requests WHERE request_id = $1 AND purpose = 'address' AND account_key = $2
        AND expires_at > now()
    RETURNING account_key, address, detail->>'email' AS email
), before AS (
    SELECT a.account_key, a.address, a.name, a.language FROM accounts a JOIN used USING (account_key)
), changed AS (
    UPDATE accounts a SET address = u.address, email = u.email FROM used u WHERE a.account_key = u.account_key
), void AS (
    DELETE FROM person_requests p USING used u
    WHERE p.account_key = u.account_key AND p.purpose IN ('reset', 'address') AND p.request_id <> $1
), told AS (
    INSERT INTO messages (message_id, kind, urgency, recipient, detail)
    SELECT gen_random_uuid(), 13 /* account-notice */, 1, t.address,
        jsonb_build_object('notice', 'address', 'name', b.name, 'language', b.language)
    FROM before b CROSS JOIN LATERAL (
        SELECT b.address UNION SELECT u.address FROM used u WHERE u.account_key = b.account_key
    ) t
)
SELECT account_key FROM before
