-- Adds the words of an event's tickets, and the tickets to the address book: $1 event, $2 to $5 numbers, positions,
-- types and words, $7 addresses. $6 is the last registration whose tickets have their rows now. A row that a
-- correction or an import has written is the newer one.
WITH added AS (
    INSERT INTO ticket_search (event_key, number, position, type_number, words)
    SELECT $1, * FROM unnest($2::int[], $3::smallint[], $4::smallint[], $5::text[])
    ON CONFLICT DO NOTHING
), known AS (
    INSERT INTO address_book (address, event_key, number)
    SELECT DISTINCT address, $1::int, number FROM unnest($2::int[], $7::text[]) AS a (number, address)
    ON CONFLICT DO NOTHING
)
INSERT INTO search_progress AS p (event_key, indexed_to) VALUES ($1, $6)
ON CONFLICT (event_key) DO UPDATE SET indexed_to = greatest(p.indexed_to, excluded.indexed_to)
