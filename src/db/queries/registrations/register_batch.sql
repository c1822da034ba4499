-- Takes the seats of a whole batch and inserts its rows, or changes nothing.
--
-- One statement is one transaction, so there is no COMMIT that could fail on its own. The statement inserts nothing if
-- the event is not on sale. It fails and rolls back if too few seats are left (CHECK) or one of the idempotency keys
-- was used before (UNIQUE).
--
-- $1 event, $2 seats and $3 registrations of the batch, $4 types and $5 the seats of each,
-- $6 to $11 registrations: type, quantity, amount, key, body hash, answers; $12 seconds that an unpaid seat is held,
-- $13 to $17 tickets: index of the registration, position, id, name, e-mail; $18 currencies of the registrations
WITH clock AS (
    SELECT clock_timestamp() AS at
), sale AS (
    SELECT event_key,
        status = 'draft' AS hidden,
        sales_open_at IS NOT NULL AND clock.at < sales_open_at AS not_open,
        -- Sales end with the event, unless it sets another time.
        clock.at >= coalesce(sales_close_at, ends_at) OR status = 'cancelled' AS closed
    FROM events, clock WHERE event_key = $1
), seats AS (
    UPDATE event_seats s SET sold = s.sold + $2::int, last_number = s.last_number + $3::int
    FROM sale
    WHERE s.event_key = sale.event_key AND NOT (sale.hidden OR sale.not_open OR sale.closed)
    RETURNING s.event_key, s.last_number - $3::int AS base
), type_seats AS (
    UPDATE ticket_type_seats t SET sold = t.sold + taken.seats
    FROM seats, unnest($4::smallint[], $5::int[]) AS taken (type_number, seats)
    WHERE t.event_key = seats.event_key AND t.type_number = taken.type_number
), registered AS (
    INSERT INTO registrations (event_key, number, type_number, status, quantity, created_at, expires_at, amount,
        idempotency_key, body_hash, answers, currency)
    SELECT seats.event_key, seats.base + r.ordinality, r.type_number,
        CASE WHEN r.amount IS NULL THEN 1 /* confirmed */ ELSE 2 /* awaiting_payment */ END, r.quantity, clock.at,
        CASE WHEN r.amount IS NOT NULL THEN clock.at + make_interval(secs => $12) END, r.amount, r.idempotency_key,
        r.body_hash, r.answers, r.currency
    FROM seats, clock, unnest($6::smallint[], $7::smallint[], $8::bigint[], $9::text[], $10::bytea[], $11::jsonb[],
            $18::text[]) WITH ORDINALITY
        AS r (type_number, quantity, amount, idempotency_key, body_hash, answers, currency, ordinality)
), counted AS (
    INSERT INTO sale_changes (event_key, hour, type_number, status, currency, registrations, tickets, paid)
    SELECT seats.event_key, date_trunc('hour', clock.at, 'UTC'), r.type_number,
        CASE WHEN r.currency IS NULL THEN 1 /* confirmed */ ELSE 2 /* awaiting_payment */ END,
        coalesce(r.currency, ''), count(*), sum(r.quantity), 0
    FROM seats, clock, unnest($6::smallint[], $7::smallint[], $18::text[]) AS r (type_number, quantity, currency)
    GROUP BY 1, 2, r.type_number, r.currency
), ticketed AS (
    INSERT INTO tickets (ticket_id, event_key, number, position, name, email)
    SELECT t.ticket_id, seats.event_key, seats.base + t.registration, t.position, t.name, t.email
    FROM seats, unnest($13::int[], $14::smallint[], $15::uuid[], $16::text[], $17::text[])
        AS t (registration, position, ticket_id, name, email)
)
SELECT sale.hidden, sale.not_open, sale.closed, clock.at, seats.base
FROM clock, sale LEFT JOIN seats USING (event_key)
