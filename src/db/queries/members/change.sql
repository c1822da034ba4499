-- Changes the role of a member: $1 organizer, $2 account id, $3 role, $4 actor. The invitations of one who
-- is not an owner any more are withdrawn. Fails if no owner would be left.
WITH changed AS (
    UPDATE members m SET role = $3 FROM accounts a
    WHERE m.organizer_key = $1 AND m.account_key = a.account_key AND a.account_id = $2
    RETURNING a.account_id, a.account_key
), withdrawn AS (
    DELETE FROM person_requests p USING changed c
    WHERE p.organizer_key = $1 AND p.invited_by = c.account_key AND $3 <> 'owner'
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $4, 'member.changed', $1, jsonb_build_object('accountId', account_id, 'role', $3::text) FROM changed
)
SELECT account_id FROM changed
