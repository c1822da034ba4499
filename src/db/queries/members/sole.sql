-- Organizers whose only owner is this account.
SELECT o.name FROM members m JOIN organizers o USING (organizer_key)
WHERE m.account_key = $1 AND m.role = 'owner' AND NOT EXISTS (
    SELECT FROM members x WHERE x.organizer_key = m.organizer_key AND x.role = 'owner' AND x.account_key <> $1)
ORDER BY o.name
