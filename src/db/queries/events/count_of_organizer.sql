-- Events of an organizer, counted up to $2.
SELECT count(*) AS events FROM (SELECT FROM events WHERE organizer_key = $1 LIMIT $2) AS counted
