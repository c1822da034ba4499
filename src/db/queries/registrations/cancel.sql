-- Gives the seats back, revokes the codes and withdraws the file: once, however often it is asked.
WITH cancelled AS (
    UPDATE registrations SET status = 3
    WHERE event_key = $1 AND number = $2 AND status IN (1, 2)
    RETURNING event_key, number, type_number, quantity
), seats AS (
    UPDATE event_seats s SET sold = s.sold - c.quantity FROM cancelled c WHERE s.event_key = c.event_key
), type_seats AS (
    UPDATE ticket_type_seats t SET sold = t.sold - c.quantity
    FROM cancelled c WHERE t.event_key = c.event_key AND t.type_number = c.type_number
), revoked AS (
    UPDATE tickets t SET revoked = true FROM cancelled c WHERE t.event_key = c.event_key AND t.number = c.number
), withdrawn AS (
    UPDATE documents d SET state = 4 FROM cancelled c WHERE d.event_key = c.event_key AND d.number = c.number
)
SELECT number FROM cancelled
