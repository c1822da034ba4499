-- Sends the link to a new password: $1 request, $2 address in its normal form, $3 seconds that it is valid.
-- At most $4 such messages in an hour, and none if $5 wait. The message to an address without an account is
-- written too, and not sent.
WITH account AS (
    SELECT account_key, email, name, language FROM accounts WHERE address = $2
), allowed AS (
    SELECT WHERE $4 > (SELECT count(*) FROM messages m
            WHERE m.event_key IS NULL AND m.recipient = $2 AND m.created_at > now() - interval '1 hour'
                AND m.kind = 10 /* reset */)
        AND $5 > (SELECT count(*) FROM (
            SELECT FROM messages m
            WHERE m.state IN (1 /* queued */, 2 /* sending */) AND m.urgency = 1 LIMIT $5) AS few)
), requested AS (
    INSERT INTO person_requests (request_id, purpose, address, account_key, expires_at)
    SELECT $1, 'reset', $2, account_key, now() + make_interval(secs => $3) FROM account, allowed
)
INSERT INTO messages (message_id, kind, urgency, recipient, detail)
SELECT gen_random_uuid(), 10 /* reset */, 1, $2, CASE WHEN a.email IS NULL THEN NULL
    ELSE jsonb_build_object('request', $1::uuid, 'purpose', 'reset', 'name', a.name, 'language', a.language) END
FROM allowed LEFT JOIN account a ON true
