-- One version of a layout, with the names and contents of its pictures in the same order.
SELECT l.body, l.pictures, ARRAY(
    SELECT p.picture FROM unnest(l.hashes) WITH ORDINALITY AS h (hash, place)
        JOIN layout_pictures p ON p.event_key = l.event_key AND p.hash = h.hash
    ORDER BY h.place) AS contents
FROM layouts l WHERE l.event_key = $1 AND l.version = $2
