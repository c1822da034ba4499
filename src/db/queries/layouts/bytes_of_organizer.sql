-- Bytes of all layouts and pictures of an organizer.
SELECT (SELECT coalesce(sum(l.bytes), 0) FROM events e JOIN layouts l USING (event_key) WHERE e.organizer_key = $1)
    + (SELECT coalesce(sum(octet_length(p.picture)), 0) FROM events e JOIN layout_pictures p USING (event_key)
        WHERE e.organizer_key = $1) AS bytes
