-- The number of the registration up to which the tickets of an event have their rows in ticket_search.
SELECT indexed_to FROM search_progress WHERE event_key = $1
