-- Inserts downloads, and counts those of tickets.
WITH recorded AS (
    INSERT INTO downloads (event_key, number, at, automatic, served_from, address, user_agent, kind)
    SELECT * FROM unnest($1::int[], $2::int[], $3::timestamptz[], $4::boolean[], $5::text[], $6::inet[], $7::text[],
        $8::smallint[])
    RETURNING event_key, number, at, automatic, served_from, kind
)
INSERT INTO download_counts AS c (event_key, day, type_number, automatic, served_from, downloads)
SELECT d.event_key, (d.at AT TIME ZONE e.timezone)::date, r.type_number, d.automatic, d.served_from, count(*)
FROM recorded d CROSS JOIN LATERAL (
    -- OFFSET 0: see stats/documents.sql.
    SELECT type_number FROM registrations WHERE event_key = d.event_key AND number = d.number OFFSET 0
) r CROSS JOIN LATERAL (
    SELECT timezone FROM events WHERE event_key = d.event_key OFFSET 0
) e
WHERE d.kind IN (1 /* tickets */, 3 /* ticket */)
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (event_key, day, type_number, automatic, served_from) DO UPDATE
    SET downloads = c.downloads + excluded.downloads
