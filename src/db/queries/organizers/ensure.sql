-- The organizer of this name, made if it is not there. DO UPDATE, so that a row comes back either way.
INSERT INTO organizers (name) VALUES ($1)
ON CONFLICT (name) DO UPDATE SET name = EXCLUDED.name
RETURNING organizer_key
