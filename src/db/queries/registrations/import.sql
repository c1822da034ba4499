-- Inserts a registration of another system under its own number, or nothing if the number is taken. Later registrations
-- get higher numbers. $1 event, $2 number, $3 type, $4 tickets, $5 time (null: now), $6 amount paid, $7 currency,
-- $8 answers, $9 ids, $10 names and $11 e-mail addresses of the tickets, $12 actor, $13
-- words of the tickets for searches, $14 addresses for the address book.
WITH imported AS (
    INSERT INTO registrations (event_key, number, type_number, status, quantity, created_at, paid_at, amount, currency,
        answers, imported)
    VALUES ($1, $2, $3, 1 /* confirmed */, $4, coalesce($5, now()), CASE WHEN $6::bigint IS NOT NULL
        THEN coalesce($5, now()) END, $6, $7, $8, true)
    ON CONFLICT (event_key, number) DO NOTHING
    RETURNING event_key, number, type_number, status, quantity, created_at, currency, amount
), counted AS (
    INSERT INTO sale_changes (event_key, hour, type_number, status, currency, registrations, tickets, paid)
    SELECT event_key, date_trunc('hour', created_at, 'UTC'), type_number, status, coalesce(currency, ''), 1, quantity,
        coalesce(amount, 0)
    FROM imported
), seats AS (
    UPDATE event_seats s SET sold = s.sold + i.quantity, last_number = greatest(s.last_number, i.number)
    FROM imported i WHERE s.event_key = i.event_key
    RETURNING i.event_key, i.number, i.type_number, i.quantity
), type_seats AS (
    UPDATE ticket_type_seats t SET sold = t.sold + s.quantity
    FROM seats s WHERE t.event_key = s.event_key AND t.type_number = s.type_number
), ticketed AS (
    INSERT INTO tickets (ticket_id, event_key, number, position, name, email)
    SELECT t.ticket_id, s.event_key, s.number, t.position, t.name, t.email
    FROM seats s, unnest($9::uuid[], $10::text[], $11::text[]) WITH ORDINALITY AS t (ticket_id, name, email, position)
), searchable AS (
    -- Words are added after the sale only to numbers that follow those which have them.
    INSERT INTO ticket_search (event_key, number, position, type_number, words)
    SELECT s.event_key, s.number, t.position, s.type_number, t.words
    FROM seats s, unnest($13::text[]) WITH ORDINALITY AS t (words, position)
    ON CONFLICT DO NOTHING
), known AS (
    INSERT INTO address_book (address, event_key, number)
    SELECT DISTINCT a.address, s.event_key, s.number FROM seats s, unnest($14::text[]) AS a (address)
    ON CONFLICT DO NOTHING
), promised AS (
    -- The sweeper promises only files of numbers that follow those it has seen.
    INSERT INTO documents (event_key, number, kind, state, promised_at, due_at)
    SELECT event_key, number, 1 /* tickets */, 1 /* pending */, now(), now() FROM seats
    ON CONFLICT DO NOTHING
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $12, 'registration.imported', e.organizer_key, s.event_key, jsonb_build_object('registrationId',
        e.code || '-' || lpad(s.number::text, greatest(4, length(s.number::text)), '0'))
    FROM seats s JOIN events e USING (event_key)
)
SELECT number FROM seats
