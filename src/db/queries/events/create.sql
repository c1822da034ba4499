-- An event with its seats, types and first signing key, in one statement: either all of it exists or none.
WITH event AS (
    INSERT INTO events (event_id, organizer_key, slug, code, title, description, category, status, starts_at, ends_at,
        timezone, language, accent_color, venue_name, venue_address, sales_open_at, sales_close_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    RETURNING event_key
), seats AS (
    INSERT INTO event_seats (event_key, capacity) SELECT event_key, $18 FROM event
), signing AS (
    INSERT INTO signing_keys (event_key, key_id, public_key, sealed_secret) SELECT event_key, 1, $19, $20 FROM event
), types AS (
    INSERT INTO ticket_types (event_key, type_number, code, name, description, price_amount, price_currency,
        max_per_registration)
    SELECT event_key, t.ordinality, t.code, t.name, t.description, t.amount, t.currency, t.most
    FROM event, unnest($21::text[], $22::text[], $23::text[], $24::bigint[], $25::text[], $26::smallint[])
        WITH ORDINALITY AS t (code, name, description, amount, currency, most, ordinality)
    RETURNING event_key, type_number
), type_seats AS (
    INSERT INTO ticket_type_seats (event_key, type_number, capacity)
    SELECT event_key, t.ordinality, t.capacity
    FROM event, unnest($27::int[]) WITH ORDINALITY AS t (capacity, ordinality)
)
SELECT event_key FROM event
