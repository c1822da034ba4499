-- Downloads of tickets by day (in the event's time zone) and ticket type of the last $2 days, the newest first.
SELECT day::text AS day, type_number, sum(downloads)::bigint AS downloads
FROM download_counts WHERE event_key = $1 AND day > now()::date - $2::int
GROUP BY 1, 2 ORDER BY 1 DESC, 2
