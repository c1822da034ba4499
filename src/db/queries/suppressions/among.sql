-- Those of some addresses that are suppressed for their organizers: $1 organizers, $2 addresses, in lower case.
SELECT s.organizer_key, s.address, s.reason
FROM unnest($1::int[], $2::text[]) AS a (organizer_key, address) CROSS JOIN LATERAL (
    SELECT * FROM suppressions WHERE organizer_key = a.organizer_key AND address = a.address OFFSET 0
) s
