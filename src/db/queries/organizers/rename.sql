-- Renames an organizer: $1 organizer, $2 name, $3 actor. Cached events have the name: their revisions change.
WITH renamed AS (
    UPDATE organizers SET name = $2 WHERE organizer_key = $1 AND name <> $2 RETURNING organizer_key
), shown AS (
    UPDATE events e SET revision = e.revision + 1 FROM renamed r WHERE e.organizer_key = r.organizer_key
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, detail)
    SELECT $3, 'organizer.renamed', organizer_key, jsonb_build_object('name', $2::text) FROM renamed
)
SELECT count(*) AS renamed FROM renamed
