-- One version of a layout.
SELECT body FROM layouts WHERE event_key = $1 AND version = $2
