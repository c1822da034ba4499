-- Downloads of tickets by day (in the event's time zone) and ticket type of the last $2 days, the newest first.
SELECT (d.at AT TIME ZONE e.timezone)::date::text AS day, r.type_number, count(*) AS downloads
FROM downloads d JOIN events e USING (event_key) CROSS JOIN LATERAL (
    -- OFFSET 0: see stats/documents.sql.
    SELECT type_number FROM registrations WHERE event_key = d.event_key AND number = d.number OFFSET 0
) r
WHERE d.event_key = $1 AND d.kind IN (1 /* tickets */, 3 /* ticket */) AND d.at > now() - make_interval(days => $2)
GROUP BY 1, 2 ORDER BY 1 DESC, 2
