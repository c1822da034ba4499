-- The layout version of an event, if it has one. For its pictures see version.sql.
SELECT l.version, l.body, l.created_at, l.pictures, ARRAY(
    SELECT p.picture FROM unnest(l.hashes) WITH ORDINALITY AS h (hash, place)
        JOIN layout_pictures p ON p.event_key = l.event_key AND p.hash = h.hash
    ORDER BY h.place) AS contents
FROM events e JOIN layouts l ON l.event_key = e.event_key AND l.version = e.layout_version
WHERE e.event_key = $1
