-- Capacity and sold seats of some events: one row for the event (type 0) and one for each of its types.
SELECT event_key, 0::smallint AS type_number, capacity, sold FROM event_seats WHERE event_key = ANY ($1::int[])
UNION ALL
SELECT event_key, type_number, capacity, sold FROM ticket_type_seats WHERE event_key = ANY ($1::int[])
