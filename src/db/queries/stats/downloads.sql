-- Downloads of an event's tickets by mode and source.
SELECT automatic, served_from, count(*) AS downloads
FROM downloads WHERE event_key = $1 AND kind IN (1 /* tickets */, 3 /* ticket */) GROUP BY automatic, served_from
