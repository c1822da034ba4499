-- Downloads of tickets by day (in the event's time zone) and ticket type of the last $2 days, the newest first.
SELECT c.day::text AS day, c.type_number, sum(c.downloads)::bigint AS downloads
FROM events e JOIN download_counts c USING (event_key)
WHERE e.event_key = $1 AND c.day > (now() AT TIME ZONE e.timezone)::date - $2::int
GROUP BY 1, 2 ORDER BY 1 DESC, 2
