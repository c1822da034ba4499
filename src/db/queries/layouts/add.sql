-- Adds a version of a layout and assigns it to the event: $1 event, $2 layout, $3 actor, $4 hash of the layout, $5
-- names and $6 contents of its pictures. Keeps the last 20 versions and their pictures. Of two statements at the same
-- time one fails, because both add the same version.
WITH last AS (
    SELECT coalesce(max(version), 0) + 1 AS version FROM layouts WHERE event_key = $1
), given AS MATERIALIZED (
    SELECT name, picture, sha256(picture) AS hash
    FROM unnest($5::text[], $6::bytea[]) AS given (name, picture)
), pictured AS (
    INSERT INTO layout_pictures (event_key, hash, picture) SELECT DISTINCT $1, hash, picture FROM given
    ON CONFLICT DO NOTHING
), added AS (
    INSERT INTO layouts (event_key, version, body, pictures, hashes, bytes)
    SELECT $1, version, $2, $5, ARRAY(SELECT hash FROM given ORDER BY array_position($5, name)), 
        octet_length($2) + (SELECT coalesce(sum(octet_length(picture)), 0) FROM given)
    FROM last
    RETURNING version, created_at
), assigned AS (
    UPDATE events e SET layout_version = added.version, revision = e.revision + 1 FROM added WHERE e.event_key = $1
    RETURNING e.event_key, e.organizer_key
), pruned AS (
    DELETE FROM layouts l USING added WHERE l.event_key = $1 AND l.version <= added.version - 20
), unpictured AS (
    DELETE FROM layout_pictures p USING added
    WHERE p.event_key = $1 AND p.hash NOT IN (SELECT hash FROM given) AND NOT EXISTS (
        SELECT FROM layouts l WHERE l.event_key = $1 AND l.version > added.version - 20 AND p.hash = ANY (l.hashes))
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $3, 'layout.changed', assigned.organizer_key, assigned.event_key,
        jsonb_build_object('version', added.version, 'hash', $4::text)
    FROM assigned, added
)
SELECT added.version, added.created_at FROM added, assigned
