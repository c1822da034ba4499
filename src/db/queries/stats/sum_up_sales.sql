-- Adds at most $1 rows of sale_changes to sale_counts. Servers that do this at once take different rows, and lock the
-- sums in the order of their keys.
WITH changes AS (
    DELETE FROM sale_changes WHERE ctid = ANY (ARRAY(SELECT ctid FROM sale_changes LIMIT $1 FOR UPDATE SKIP LOCKED))
    RETURNING *
), summed AS (
    INSERT INTO sale_counts AS c (event_key, hour, type_number, status, currency, registrations, tickets, paid)
    SELECT event_key, hour, type_number, status, currency, sum(registrations), sum(tickets), sum(paid)
    FROM changes GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
    ON CONFLICT (event_key, hour, type_number, status, currency) DO UPDATE SET
        registrations = c.registrations + excluded.registrations, tickets = c.tickets + excluded.tickets,
        paid = c.paid + excluded.paid
)
SELECT count(*) AS changes FROM changes
