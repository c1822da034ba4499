-- Those of the numbers $2 that no registration of the event has.
SELECT asked.number FROM unnest($2::int[]) AS asked (number)
WHERE NOT EXISTS (
    -- OFFSET 0: see stats/documents.sql.
    SELECT FROM registrations r WHERE r.event_key = $1 AND r.number = asked.number OFFSET 0
)
