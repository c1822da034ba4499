-- Asks an address to confirm that it is an account's from now on: $1 request, $2 account, $3 address in its normal
-- form, $4 as written, $5 seconds that it is valid. At most $6 such messages in an hour. An address that has
-- an account already is told so instead.
WITH account AS (
    SELECT account_key, name, language FROM accounts WHERE account_key = $2
), known AS (
    SELECT name, language FROM accounts WHERE address = $3
), allowed AS (
    SELECT WHERE $6 > (SELECT count(*) FROM messages m
        WHERE m.event_key IS NULL AND m.recipient = $3 AND m.created_at > now() - interval '1 hour'
            AND (m.kind = 9 /* verify */ OR m.kind = 13 /* account-notice */ AND m.detail->>'notice' = 'known'))
), requested AS (
    INSERT INTO person_requests (request_id, purpose, address, account_key, detail, expires_at)
    SELECT $1, 'address', $3, account_key, jsonb_build_object('email', $4::text), now() + make_interval(secs => $5)
    FROM account, allowed WHERE NOT EXISTS (SELECT FROM known)
)
INSERT INTO messages (message_id, kind, urgency, recipient, detail)
SELECT gen_random_uuid(), CASE WHEN k.name IS NULL THEN 9 /* verify */ ELSE 13 /* account-notice */ END, 1, $3,
    CASE WHEN k.name IS NULL
        THEN jsonb_build_object('request', $1::uuid, 'purpose', 'address', 'name', a.name, 'language', a.language)
        ELSE jsonb_build_object('notice', 'known', 'name', k.name, 'language', k.language) END
FROM allowed CROSS JOIN account a LEFT JOIN known k ON true
