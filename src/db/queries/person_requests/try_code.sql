-- Counts a try on the newest code that an address ($1) was sent: five for each. Returns its request.
UPDATE person_requests SET tries = tries + 1
WHERE request_id = (
    SELECT request_id FROM person_requests
    WHERE address = $1 AND purpose IN ('sign-up', 'address') AND expires_at > now()
    ORDER BY created_at DESC LIMIT 1) AND tries < 5
RETURNING request_id, purpose
