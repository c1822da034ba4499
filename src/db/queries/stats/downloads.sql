-- Downloads of an event by mode and source.
SELECT automatic, served_from, count(*) AS downloads
FROM downloads WHERE event_key = $1 GROUP BY automatic, served_from
