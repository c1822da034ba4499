-- Allows messages to an address again: $1 organizer, $2 address, $3 actor, $4 reason; null: all but the wish of its
-- owner.
WITH removed AS (
    DELETE FROM suppressions
    WHERE organizer_key = $1 AND address = $2 AND (reason = $4 OR $4::text IS NULL AND reason <> 'unsubscribed')
    RETURNING organizer_key, reason
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $3, 'suppression.removed', organizer_key, jsonb_build_object('reason', reason) FROM removed
)
SELECT count(*) AS removed FROM removed
