-- Invites an address to the team of an organizer, or invites it again: $1 request, $2 organizer, $3 account that
-- invites, $4 address in its normal form, $5 as written, $6 role, $7 seconds that it is valid, $8 actor. At most $9
-- invitations are open, and $10 of them go to an address in an hour. No row: it is above a limit.
WITH inviter AS (
    SELECT o.organizer_key, o.name AS organizer, a.name, a.language, a.account_key
    FROM organizers o LEFT JOIN accounts a ON a.account_key = $3 WHERE o.organizer_key = $2
), allowed AS (
    SELECT WHERE $9 > (SELECT count(*) FROM person_requests WHERE organizer_key = $2 AND address <> $4)
        AND $10 > (SELECT count(*) FROM messages m
            WHERE m.event_key IS NULL AND m.recipient = $4 AND m.created_at > now() - interval '1 hour'
                AND m.kind = 11 /* invitation */)
), invited AS (
    INSERT INTO person_requests AS p
        (request_id, purpose, address, invited_by, organizer_key, role, detail, expires_at)
    SELECT $1, 'invitation', $4, i.account_key, i.organizer_key, $6, jsonb_build_object('email', $5::text),
        now() + make_interval(secs => $7)
    FROM inviter i, allowed
    ON CONFLICT (organizer_key, address) WHERE organizer_key IS NOT NULL DO UPDATE SET
        request_id = excluded.request_id, invited_by = excluded.invited_by, role = excluded.role,
        detail = excluded.detail, created_at = now(), expires_at = excluded.expires_at
    RETURNING p.request_id
), told AS (
    INSERT INTO messages (message_id, kind, urgency, recipient, detail)
    SELECT gen_random_uuid(), 11 /* invitation */, 1, $4, jsonb_build_object('request', v.request_id,
        'purpose', 'invitation', 'name', '', 'language', coalesce(i.language, 'en'), 'organizer', i.organizer,
        'inviter', coalesce(i.name, i.organizer))
    FROM invited v, inviter i
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $8, 'member.invited', $2, jsonb_build_object('invitationId', request_id, 'role', $6::text) FROM invited
)
SELECT request_id FROM invited
