-- A request that has not expired.
SELECT p.request_id, p.purpose, p.address, p.account_key, p.role, o.name AS organizer, i.name AS inviter,
    p.detail->>'password' AS password
FROM person_requests p LEFT JOIN organizers o USING (organizer_key) LEFT JOIN accounts i ON i.account_key = p.invited_by
WHERE p.request_id = $1 AND p.expires_at > now()
