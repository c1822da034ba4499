-- Corrects names and addresses of a registration's tickets: $1 event, $2 registration, $3 positions, $4 names, $5
-- e-mail addresses, $6 actor, $7 words for searches, $8 their addresses for the address book, $9 addresses that leave
-- it. If $10, the tickets get new codes. If the address of the contact (position 1) changes, access tokens are revoked.
-- Files that show the old names are made again.
WITH corrected AS (
    UPDATE tickets t SET name = c.name, email = c.email, generation = t.generation + $10::int
    FROM unnest($3::smallint[], $4::text[], $5::text[]) AS c (position, name, email), registrations r
    WHERE t.event_key = $1 AND t.number = $2 AND t.position = c.position AND r.event_key = $1 AND r.number = $2
        AND r.status IN (1 /* confirmed */, 2 /* awaiting_payment */)
    RETURNING t.event_key, t.number, t.position
), handed_over AS (
    UPDATE registrations r SET access_generation = r.access_generation + 1
    FROM unnest($3::smallint[], $5::text[]) AS c (position, email), tickets before
    WHERE r.event_key = $1 AND r.number = $2 AND c.position = 1 AND r.access_generation < 32767
        AND before.event_key = $1 AND before.number = $2 AND before.position = 1 AND before.email <> c.email
    RETURNING r.number
), searchable AS (
    -- Inserted if there is no row yet: the words that are added after the sale may be the old ones.
    INSERT INTO ticket_search AS s (event_key, number, position, type_number, words)
    SELECT c.event_key, c.number, c.position, r.type_number, w.words
    FROM corrected c JOIN unnest($3::smallint[], $7::text[]) AS w (position, words) USING (position)
        JOIN registrations r USING (event_key, number)
    ORDER BY c.position
    ON CONFLICT (event_key, number, position) DO UPDATE SET words = excluded.words
), forgotten AS (
    DELETE FROM address_book b USING corrected c
    WHERE b.event_key = c.event_key AND b.number = c.number AND b.address = ANY ($9::text[])
), known AS (
    INSERT INTO address_book (address, event_key, number)
    SELECT DISTINCT address, $1::int, $2::int FROM unnest($8::text[]) AS a (address)
    WHERE EXISTS (SELECT FROM corrected)
    ON CONFLICT DO NOTHING
), promised AS (
    -- The lease of a server that is making the file ends. Inserted if there is no row yet: a server that is storing the
    -- file then finds it claimed.
    INSERT INTO documents AS d (event_key, number, kind, state, attempts, promised_at, due_at)
    SELECT $1, $2, 1 /* tickets */, 1 /* pending */, 1, now(), now() FROM registrations r
    WHERE r.event_key = $1 AND r.number = $2 AND r.status = 1 /* confirmed */ AND EXISTS (SELECT FROM corrected)
    ON CONFLICT (event_key, number, kind, part) DO UPDATE SET state = 1 /* pending */, due_at = now(), failures = 0,
        imported = false, attempts = least(d.attempts + 1, 32767)
), promised_others AS (
    UPDATE documents d SET state = 1 /* pending */, due_at = now(), failures = 0,
        attempts = least(d.attempts + 1, 32767)
    WHERE d.event_key = $1 AND d.number = $2 AND d.kind = 3 /* ticket */
        AND d.state IN (1 /* pending */, 2 /* stored */, 3 /* failed */) AND EXISTS (SELECT FROM corrected)
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT $6, 'registration.corrected', e.organizer_key, e.event_key, jsonb_build_object('registrationId',
        e.code || '-' || lpad($2::text, greatest(4, length($2::text)), '0'),
        'tickets', (SELECT count(*) FROM corrected), 'handedOver', EXISTS (SELECT FROM handed_over))
    FROM events e WHERE e.event_key = $1 AND EXISTS (SELECT FROM corrected)
)
-- Servers invalidate their cached links to these files.
SELECT count(*) AS corrected, count(pg_notify('onsale_seats', event_key::text)) AS notified FROM corrected
