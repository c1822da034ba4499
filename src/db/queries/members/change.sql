-- Changes the role of a member: $1 organizer, $2 account id, $3 role, $4 actor. Fails if no owner would be left.
WITH changed AS (
    UPDATE members m SET role = $3 FROM accounts a
    WHERE m.organizer_key = $1 AND m.account_key = a.account_key AND a.account_id = $2
    RETURNING a.account_id
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $4, 'member.changed', $1, jsonb_build_object('accountId', account_id, 'role', $3::text) FROM changed
)
SELECT account_id FROM changed
