-- Suppressions of an address ($1) by all organizers.
SELECT o.name AS organizer, s.reason, s.created_at FROM suppressions s JOIN organizers o USING (organizer_key)
WHERE s.address = $1 ORDER BY s.created_at
