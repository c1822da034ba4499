-- Gives an account ($2) a role ($3) in the team of an organizer ($1).
INSERT INTO members (organizer_key, account_key, role) VALUES ($1, $2, $3)
ON CONFLICT (organizer_key, account_key) DO UPDATE SET role = excluded.role
