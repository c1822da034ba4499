-- Inserts downloads, and counts those of tickets by day. They are grouped by quarters of an hour first: in every time
-- zone, a day begins with one.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest($1::int[], $2::int[], $3::timestamptz[], $4::boolean[], $5::text[], $6::inet[], $7::text[],
        $8::smallint[], $9::smallint[])
        AS d (event_key, number, at, automatic, served_from, address, user_agent, kind, type_number)
), recorded AS (
    INSERT INTO downloads (event_key, number, at, automatic, served_from, address, user_agent, kind, type_number)
    SELECT event_key, number, at, automatic, served_from, address, user_agent, kind, type_number FROM given
), grouped AS MATERIALIZED (
    SELECT event_key, date_bin('15 minutes', at, '2000-01-01Z') AS at, type_number, automatic, served_from,
        count(*) AS downloads
    FROM given d WHERE d.kind IN (1 /* tickets */, 3 /* ticket */) GROUP BY 1, 2, 3, 4, 5
)
INSERT INTO download_counts AS c (event_key, day, type_number, automatic, served_from, downloads)
SELECT g.event_key, (g.at AT TIME ZONE e.timezone)::date, g.type_number, g.automatic, g.served_from, sum(g.downloads)
FROM grouped g JOIN events e USING (event_key)
GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
ON CONFLICT (event_key, day, type_number, automatic, served_from) DO UPDATE
    SET downloads = c.downloads + excluded.downloads
