-- Withdraws an invitation: $1 organizer, $2 request, $3 actor.
WITH withdrawn AS (
    DELETE FROM person_requests WHERE organizer_key = $1 AND request_id = $2 RETURNING request_id
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $3, 'invitation.withdrawn', $1, jsonb_build_object('invitationId', request_id) FROM withdrawn
)
SELECT request_id FROM withdrawn
