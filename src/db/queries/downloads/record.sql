-- Inserts downloads.
INSERT INTO downloads (event_key, number, at, automatic, served_from, address, user_agent, kind)
SELECT * FROM unnest($1::int[], $2::int[], $3::timestamptz[], $4::boolean[], $5::text[], $6::inet[], $7::text[],
    $8::smallint[])
