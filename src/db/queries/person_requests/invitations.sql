-- Open invitations of an organizer.
SELECT p.request_id, p.detail->>'email' AS email, p.role, p.created_at, p.expires_at
FROM person_requests p WHERE p.organizer_key = $1 AND p.expires_at > now() ORDER BY p.created_at, p.request_id
