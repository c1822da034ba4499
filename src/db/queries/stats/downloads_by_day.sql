-- Downloads of each type on each of the last days that had any, newest first, in the event's own zone.
SELECT (d.at AT TIME ZONE e.timezone)::date::text AS day, r.type_number, count(*) AS downloads
FROM downloads d JOIN events e USING (event_key) JOIN registrations r ON r.event_key = d.event_key AND r.number = d.number
WHERE d.event_key = $1 AND d.at > now() - make_interval(days => $2)
GROUP BY 1, 2 ORDER BY 1 DESC, 2
