-- Accepts an invitation ($1) for the account of its address ($2). A member stays what it is. $3 actor.
WITH used AS (
    DELETE FROM person_requests p USING accounts a
    WHERE p.request_id = $1 AND p.purpose = 'invitation' AND p.expires_at > now() AND a.account_key = $2
        AND a.address = p.address
    RETURNING p.organizer_key, p.role, a.account_key, a.account_id
), joined AS (
    INSERT INTO members (organizer_key, account_key, role) SELECT organizer_key, account_key, role FROM used
    ON CONFLICT DO NOTHING
    RETURNING organizer_key, role
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $3, 'member.joined', u.organizer_key, jsonb_build_object('accountId', u.account_id, 'role', u.role)
    FROM used u JOIN joined USING (organizer_key)
)
SELECT o.slug FROM used JOIN organizers o USING (organizer_key)
