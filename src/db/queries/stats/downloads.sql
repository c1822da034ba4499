-- Downloads of an event's tickets by mode and source.
SELECT automatic, served_from, sum(downloads)::bigint AS downloads
FROM download_counts WHERE event_key = $1 GROUP BY automatic, served_from
