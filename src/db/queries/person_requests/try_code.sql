-- Counts a try on the codes that an address ($1) was sent: five for each. Returns the requests.
UPDATE person_requests SET tries = tries + 1
WHERE address = $1 AND purpose IN ('sign-up', 'address') AND tries < 5 AND expires_at > now()
RETURNING request_id, purpose
