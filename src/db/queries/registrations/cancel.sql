-- Gives the seats back, revokes the codes and withdraws the file: once, however often it is asked. The event's seats are
-- locked before its types', as in every statement that takes both.
WITH cancelled AS (
    UPDATE registrations SET status = 3
    WHERE event_key = $1 AND number = $2 AND status IN (1, 2)
    RETURNING event_key, number, type_number, quantity
), seats AS (
    UPDATE event_seats s SET sold = s.sold - c.quantity FROM cancelled c WHERE s.event_key = c.event_key
    RETURNING c.event_key, c.type_number, c.quantity
), type_seats AS (
    UPDATE ticket_type_seats t SET sold = t.sold - s.quantity
    FROM seats s WHERE t.event_key = s.event_key AND t.type_number = s.type_number
), revoked AS (
    UPDATE tickets t SET revoked = true FROM cancelled c WHERE t.event_key = c.event_key AND t.number = c.number
), withdrawn AS (
    UPDATE documents d SET state = 4 FROM cancelled c WHERE d.event_key = c.event_key AND d.number = c.number
)
SELECT (SELECT count(*) FROM cancelled) AS cancelled, (SELECT count(*) FROM seats) AS given_back
