-- Facts of event $1 before its last change that registrants were told of.
SELECT before FROM event_notices WHERE event_key = $1 AND kind = 6 /* event-changed */ ORDER BY changed_at DESC LIMIT 1
