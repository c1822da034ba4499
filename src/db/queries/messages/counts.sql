-- Messages of an event by state.
SELECT state, count(*) AS messages FROM messages WHERE event_key = $1 GROUP BY state
