-- The organizer of this name ($1), inserted if missing: its slug is $2, with a number if that is taken. DO UPDATE makes
-- RETURNING yield the row in both cases.
INSERT INTO organizers (name, slug)
SELECT $1, s.slug FROM (
    SELECT $2::text AS slug, 0 AS n UNION ALL SELECT $2 || '-' || n, n FROM generate_series(2, 1000) AS n
) s WHERE NOT EXISTS (SELECT FROM organizers o WHERE o.slug = s.slug AND o.name <> $1) ORDER BY s.n LIMIT 1
ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name
RETURNING organizer_key
