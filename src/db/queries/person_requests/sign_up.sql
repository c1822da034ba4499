-- Asks an address to confirm a new account: $1 request, $2 address in its normal form, $3 fields, $4 seconds that it
-- is valid. An address that has an account is told so instead; at most $5 such messages in an hour, and none
-- if $6 wait. One message is written in each case.
WITH known AS (
    SELECT email, name, language FROM accounts WHERE address = $2
), allowed AS (
    SELECT WHERE $5 > (SELECT count(*) FROM messages m
            WHERE m.event_key IS NULL AND m.recipient = $2 AND m.created_at > now() - interval '1 hour'
                AND (m.kind = 9 /* verify */ OR m.kind = 13 /* account-notice */ AND m.detail->>'notice' = 'known'))
        AND $6 > (SELECT count(*) FROM (
            SELECT FROM messages m
            WHERE m.state IN (1 /* queued */, 2 /* sending */) AND m.urgency = 1 LIMIT $6) AS few)
), requested AS (
    INSERT INTO person_requests (request_id, purpose, address, detail, expires_at)
    SELECT $1, 'sign-up', $2, $3, now() + make_interval(secs => $4) FROM allowed WHERE NOT EXISTS (SELECT FROM known)
)
INSERT INTO messages (message_id, kind, urgency, recipient, detail)
SELECT gen_random_uuid(), CASE WHEN k.email IS NULL THEN 9 /* verify */ ELSE 13 /* account-notice */ END, 1,
    $2, CASE WHEN k.email IS NULL
        THEN jsonb_build_object('request', $1::uuid, 'purpose', 'sign-up', 'name', $3::jsonb->>'name',
            'language', $3::jsonb->>'language')
        ELSE jsonb_build_object('notice', 'known', 'name', k.name, 'language', k.language) END
FROM allowed LEFT JOIN known k ON true
