-- Removes name and address of a person from the tickets of a registration: $1 event, $2 number, $3 address in its
-- normal form, $4 positions of the person's tickets, $5 name and $6 address that stand there instead, $7 words for
-- searches. If the person is the contact (position 1), access tokens are revoked, answers and announcements deleted,
-- and messages that wait are not sent. Files that show the name are made again.
WITH erased AS (
    UPDATE tickets SET name = $5, email = $6
    WHERE event_key = $1 AND number = $2 AND position = ANY ($4::smallint[])
    RETURNING event_key, number, position
), handed_over AS (
    UPDATE registrations r SET access_generation = least(r.access_generation + 1, 32767), answers = NULL
    WHERE r.event_key = $1 AND r.number = $2 AND 1 = ANY ($4::smallint[])
), searchable AS (
    INSERT INTO ticket_search AS s (event_key, number, position, type_number, words)
    SELECT e.event_key, e.number, e.position, r.type_number, $7
    FROM erased e JOIN registrations r USING (event_key, number) ORDER BY e.position
    ON CONFLICT (event_key, number, position) DO UPDATE SET words = excluded.words
), forgotten AS (
    DELETE FROM address_book WHERE event_key = $1 AND number = $2 AND address = $3
), promised AS (
    INSERT INTO documents AS d (event_key, number, kind, state, attempts, promised_at, due_at)
    SELECT $1, $2, 1 /* tickets */, 1 /* pending */, 1, now(), now() FROM registrations r
    WHERE r.event_key = $1 AND r.number = $2 AND r.status = 1 /* confirmed */
    ON CONFLICT (event_key, number, kind, part) DO UPDATE SET state = 1 /* pending */, due_at = now(), failures = 0,
        imported = false, attempts = least(d.attempts + 1, 32767)
), promised_others AS (
    UPDATE documents d SET state = 1 /* pending */, due_at = now(), failures = 0,
        attempts = least(d.attempts + 1, 32767)
    WHERE d.event_key = $1 AND d.number = $2 AND d.kind = 3 /* ticket */
        AND d.state IN (1 /* pending */, 2 /* stored */, 3 /* failed */)
), withdrawn AS (
    UPDATE documents d SET state = 4 /* withdrawn */, due_at = now()
    WHERE d.event_key = $1 AND d.number = $2 AND d.kind = 2 /* confirmation */ AND 1 = ANY ($4::smallint[])
), downloaded AS (
    UPDATE downloads SET address = NULL, user_agent = NULL
    WHERE event_key = $1 AND number = $2 AND 1 = ANY ($4::smallint[])
), written AS (
    UPDATE messages m SET recipient = NULL, reply = NULL, storage_key = NULL, changed_at = now(),
        -- A sender that holds its lease loses it.
        attempts = m.attempts + CASE WHEN m.state <= 2 /* sending */ THEN 1 ELSE 0 END,
        state = CASE WHEN m.state <= 2 /* sending */ THEN 9 /* suppressed */ ELSE m.state END
    WHERE m.event_key = $1 AND m.number = $2 AND m.kind <> 12 /* announcement */ AND 1 = ANY ($4::smallint[])
), announced AS (
    DELETE FROM messages m
    WHERE m.event_key = $1 AND m.number = $2 AND m.kind = 12 /* announcement */ AND 1 = ANY ($4::smallint[])
), copied AS (
    DELETE FROM message_copies c USING messages m
    WHERE c.message_id = m.message_id AND m.event_key = $1 AND m.number = $2 AND 1 = ANY ($4::smallint[])
), audited AS (
    INSERT INTO audit_log (actor, action, organizer_key, event_key, detail)
    SELECT 'attendee', 'registration.erased', e.organizer_key, e.event_key, jsonb_build_object('registrationId',
        e.code || '-' || lpad($2::text, greatest(4, length($2::text)), '0'), 'tickets', cardinality($4::smallint[]))
    FROM events e WHERE e.event_key = $1 AND EXISTS (SELECT FROM erased)
)
-- Servers invalidate their cached links to these files.
SELECT count(*) AS erased, count(pg_notify('onsale_seats', event_key::text)) AS notified FROM erased
