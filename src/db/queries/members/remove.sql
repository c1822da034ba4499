-- Removes a member: $1 organizer, $2 account id, $3 actor. The invitations of the member are
-- withdrawn. Fails if no owner would be left.
WITH removed AS (
    DELETE FROM members m USING accounts a
    WHERE m.organizer_key = $1 AND m.account_key = a.account_key AND a.account_id = $2
    RETURNING a.account_id, a.account_key
), withdrawn AS (
    DELETE FROM person_requests p USING removed r WHERE p.organizer_key = $1 AND p.invited_by = r.account_key
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $3, 'member.removed', $1, jsonb_build_object('accountId', account_id) FROM removed
)
SELECT account_id FROM removed
